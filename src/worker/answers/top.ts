/** So many more than are wanted are kept before the least are dropped. */
const SPARE = 1_000

interface Entry<Item> {
  readonly item: Item
  readonly key: number
}

/** The `limit` items with the largest keys, of any number that are added. */
export class Top<Item> {
  readonly #limit: number
  #kept: Entry<Item>[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  add(item: Item, key: number): void {
    this.#kept.push({ item, key })
    if (this.#kept.length >= 2 * this.#limit + SPARE) this.#drop()
  }

  /** In no order. */
  all(): readonly Item[] {
    this.#drop()
    return this.#kept.map(({ item }) => item)
  }

  /** Numbers are sorted without a comparison in JavaScript: that keeps it short for tens of thousands, too. */
  #drop(): void {
    if (this.#kept.length <= this.#limit) return
    const keys = Float64Array.from(this.#kept, ({ key }) => key).sort()
    const least = keys[keys.length - this.#limit] ?? 0
    let equals = this.#limit - keys.filter((key) => key > least).length
    this.#kept = this.#kept.filter(({ key }) => key > least || (key === least && equals-- > 0))
  }
}
