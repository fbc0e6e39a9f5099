/** Converts offsets in a text to lines and columns, which count from 1. */
export class Lines {
  readonly #text: string
  readonly #starts: readonly number[]

  constructor(text: string) {
    this.#text = text
    this.#starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)]
  }

  at(offset: number): { line: number; column: number } {
    let low = 0
    let high = this.#starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.#start(middle) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - this.#start(low) + 1 }
  }

  textAt(offset: number): string {
    const { line } = this.at(offset)
    return this.#text.slice(this.#start(line - 1), this.#starts[line])
  }

  #start(index: number): number {
    return this.#starts[index] ?? 0
  }
}
