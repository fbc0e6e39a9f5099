/** The longest time between two trials, unless `for` itself is longer. */
const MOST_MS = 5 * 60_000

/** How long a server stays out of rotation: `for`, and twice as long each time, until it has served. */
export class EjectedTime {
  #lastMs: number | undefined

  /** The time until the next trial. */
  next(forMs: number): number {
    this.#lastMs = this.#lastMs === undefined ? forMs : Math.min(2 * this.#lastMs, Math.max(MOST_MS, forMs))
    return this.#lastMs
  }

  /** It has served since. */
  reset(): void {
    this.#lastMs = undefined
  }
}
