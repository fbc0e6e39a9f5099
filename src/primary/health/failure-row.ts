/**
 * The last dials to a server that failed in a row, over all workers. A success anywhere restarts the row, whenever it
 * becomes known: all times are of one clock (`hostMs`).
 */
export class FailureRow {
  #failedAtMs: number[] = []
  #reachedAtMs = Number.NEGATIVE_INFINITY

  /** When the server was last reached, as far as is known. */
  get reachedAtMs(): number {
    return this.#reachedAtMs
  }

  get length(): number {
    return this.#failedAtMs.length
  }

  /** @param most as many as matter */
  add(failedAtMs: readonly number[], most: number): void {
    const all = [...this.#failedAtMs, ...failedAtMs].filter((atMs) => atMs > this.#reachedAtMs)
    this.#failedAtMs = all.sort((one, other) => one - other).slice(-most)
  }

  /** A worker reached the server then. */
  reached(atMs: number): void {
    if (atMs <= this.#reachedAtMs) return
    this.#reachedAtMs = atMs
    this.#failedAtMs = this.#failedAtMs.filter((failedAtMs) => failedAtMs > atMs)
  }

  clear(): void {
    this.#failedAtMs = []
  }
}
