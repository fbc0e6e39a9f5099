/** The rules for results in a row. */
export interface StreakRules {
  readonly rise: number
  readonly fall: number
}

/**
 * What the results of a server's checks come to: `rise` passes in a row make it pass, `fall` failures in a row make it
 * fail, and the first result decides at once, as it does in HAProxy.
 */
export class Streak {
  /** Undefined before the first result. */
  passes: boolean | undefined
  /** Results in a row that contradict `passes`. */
  #against = 0

  /** @returns in words, how far the last results contradict what they come to; undefined if they do not */
  take(passed: boolean, { rise, fall }: StreakRules): string | undefined {
    const needed = passed ? rise : fall
    this.#against = passed === this.passes ? 0 : this.#against + 1
    if (this.passes === undefined || this.#against >= needed) {
      this.passes = passed
      this.#against = 0
    }
    if (this.#against === 0) return undefined
    return `${this.#against} of ${needed} checks in a row ${passed ? 'passed' : 'failed'}`
  }
}
