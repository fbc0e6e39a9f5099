/** How many lines are kept. */
const MOST_LINES = 50

/** The last warnings and errors of all processes, for those who look at copyloop rather than at its log. */
export class RecentWarnings {
  readonly #lines: string[] = []
  /** How many there have ever been. */
  #count = 0

  /** @param line of a log, JSON */
  add(line: string): void {
    this.#count += 1
    this.#lines.push(line)
    if (this.#lines.length > MOST_LINES) this.#lines.shift()
  }

  /** Where the next line will be: pass it to `since`, to get what came after it. */
  get position(): number {
    return this.#count
  }

  /** The lines that came at this position or later and are still kept; 0 for all. The oldest is the first. */
  since(position: number): readonly string[] {
    const news = this.#count - position
    return news <= 0 ? [] : this.#lines.slice(-news)
  }
}
