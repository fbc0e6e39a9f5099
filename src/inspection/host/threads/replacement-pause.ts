const FIRST_MS = 100
const LONGEST_MS = 5_000

/**
 * How long to wait before a thread that has ended is replaced: not at all if it was of use. One after the other that
 * ends without having answered anything, such as those of a module that rejects once it is loaded, waits ever longer.
 */
export class ReplacementPause {
  #nextMs = 0
  #beganMs = performance.now()

  /** A thread begins. */
  begin(): void {
    this.#beganMs = performance.now()
  }

  /** It answered. */
  wasOfUse(): void {
    this.#nextMs = 0
  }

  /** It has ended. Returns the pause before the next one. */
  end(): number {
    // One that had nothing to answer for so long was none of those.
    if (performance.now() - this.#beganMs > 2 * LONGEST_MS) this.#nextMs = 0
    const pauseMs = this.#nextMs
    this.#nextMs = Math.min(Math.max(pauseMs * 2, FIRST_MS), LONGEST_MS)
    return pauseMs
  }
}
