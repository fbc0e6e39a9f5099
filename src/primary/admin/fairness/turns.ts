import { beginWork } from './breather.ts'

/** Lets so many at once do something, and the others one after another as they come, with a pause for others in between. */
export class Turns {
  readonly #mostWaiting: number
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(atOnce: number, mostWaiting = Number.POSITIVE_INFINITY) {
    this.#free = atOnce
    this.#mostWaiting = mostWaiting
  }

  /** Whether so many wait that one more may not. */
  get isFull(): boolean {
    return this.#free === 0 && this.#waiting.length >= this.#mostWaiting
  }

  async take<Result>(act: () => Result | Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    const workEnds = beginWork()
    try {
      return await act()
    } finally {
      workEnds(() => this.#leave())
    }
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free += 1
  }
}
