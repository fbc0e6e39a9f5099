/** Gives each limit a cell of the shared memory, by its name. */
export class LimitCells {
  readonly #size: number
  readonly #isEmpty: (cell: number) => boolean
  readonly #reserve: (cell: number) => boolean
  readonly #cells = new Map<string, number>()
  /** The names that are no longer served, the oldest first, and the first version without them. */
  readonly #gone = new Map<string, number>()
  #used = 0

  /**
   * @param size how many cells there are
   * @param isEmpty whether no worker counts anything in a cell
   * @param reserve makes a cell usable before it is given for the first time; false if it cannot be
   */
  constructor(size: number, isEmpty: (cell: number) => boolean, reserve: (cell: number) => boolean = () => true) {
    this.#size = size
    this.#isEmpty = isEmpty
    this.#reserve = reserve
  }

  /** How many cells were ever in use: the first ones. */
  get used(): number {
    return this.#used
  }

  /**
   * The cell of a limit, always the same one while connections live that it counts. Cells of limits that are gone are
   * given again, as late as possible.
   *
   * @param oldestServed the oldest version that a worker may still serve
   * @returns undefined if all are in use
   */
  cellOf(name: string, oldestServed: number): number | undefined {
    this.#gone.delete(name)
    const cell = this.#cells.get(name) ?? this.#unused() ?? this.#reclaim(oldestServed)
    if (cell !== undefined) this.#cells.set(name, cell)
    return cell
  }

  /** From this version on only these limits are served. */
  keepOnly(names: ReadonlySet<string>, version: number): void {
    for (const name of this.#cells.keys()) {
      if (!names.has(name) && !this.#gone.has(name)) this.#gone.set(name, version)
    }
  }

  #unused(): number | undefined {
    return this.#used < this.#size && this.#reserve(this.#used) ? this.#used++ : undefined
  }

  /** A worker that serves an older version may still count in it, and so may connections that have outlived its listener. */
  #reclaim(oldestServed: number): number | undefined {
    for (const [name, version] of this.#gone) {
      const cell = this.#cells.get(name)
      if (cell === undefined || version > oldestServed || !this.#isEmpty(cell)) continue
      this.#gone.delete(name)
      this.#cells.delete(name)
      return cell
    }
    return undefined
  }
}
