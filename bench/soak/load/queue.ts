/** Matches arriving items with those waiting for one, in order, whichever comes first. */
export class Queue<T> {
  readonly #arrived: T[] = []
  readonly #waiting: ((item: T) => void)[] = []

  push(item: T): void {
    const taker = this.#waiting.shift()
    if (taker) taker(item)
    else this.#arrived.push(item)
  }

  next(): Promise<T> {
    const item = this.#arrived.shift()
    return item === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(item)
  }

  /** Items that arrived before they were asked for. */
  rest(): T[] {
    return this.#arrived.splice(0)
  }
}
