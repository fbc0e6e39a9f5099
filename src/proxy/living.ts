/** How many items are visited before the event loop gets a turn: well under a millisecond of work. */
const SLICE = 500

/** What a `Living` can hold. */
export interface LivingItem {
  /** Its index. Set by the `Living` that holds it. */
  place: number
}

/**
 * The living connections of a worker, in no order. Adding and removing allocate nothing.
 *
 * Not a Set: its hash table is rebuilt again and again, and each dead table in the old generation keeps the next one and
 * all its entries from being collected young (measured: 40 % more work per short connection).
 */
export class Living<Item extends LivingItem> {
  readonly #items: Item[] = []
  readonly #waiting = new Set<() => void>()

  get size(): number {
    return this.#items.length
  }

  has(item: Item): boolean {
    return this.#items[item.place] === item
  }

  add(item: Item): void {
    item.place = this.#items.push(item) - 1
  }

  remove(item: Item): void {
    const last = this.#items.pop()
    if (last === undefined || last === item) return this.#tellIfEmpty()
    this.#items[item.place] = last
    last.place = item.place
  }

  /** Looks at all of them: a number of each is compared in well under a millisecond for tens of thousands. */
  find(is: (item: Item) => boolean): Item | undefined {
    return this.#items.find(is)
  }

  /** Resolves when it is empty, or when `withinMs` have passed. */
  emptied(withinMs: number): Promise<void> {
    if (this.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, withinMs)
      this.#waiting.add(done)
    })
  }

  #tellIfEmpty(): void {
    if (this.size === 0) for (const done of this.#waiting) done()
  }

  /** Visits every item once and copies nothing. From the last to the first, so that `visit` may remove its item. */
  each(visit: (item: Item) => void): void {
    for (let place = this.#items.length - 1; place >= 0; place--) {
      const item = this.#items[place]
      if (item) visit(item)
    }
  }

  /**
   * Every item that is there now, in slices between which the event loop gets a turn. An item that moves meanwhile may
   * come twice; one that is added does not come.
   */
  async *slices(size = SLICE): AsyncGenerator<readonly Item[]> {
    for (let end = this.#items.length; end > 0; end -= size) {
      yield this.#items.slice(Math.max(0, end - size), end)
      await new Promise(setImmediate)
    }
  }
}
