import type { SharedCount } from './shared-count.ts'
import type { SharedMemory } from './shared-memory.ts'

/** A limit as the serving state has it. */
export interface Limit {
  /** Infinity for none: then places are only counted. */
  readonly maxConnections: number
  readonly limitCell?: number
}

/**
 * The places of a listener, a server or a queue: `maxConnections` over all workers where they count together, else this
 * worker's share of it. Both may change while connections live: nobody is cut, and none is admitted until there is room.
 */
export class LimitedPlaces {
  readonly #memory: SharedMemory | undefined
  readonly #workerCount: number
  #limit = 0
  #taken = 0
  #cell: number | undefined
  #count: SharedCount | undefined

  constructor(memory: SharedMemory | undefined, workerCount: number) {
    this.#memory = memory
    this.#workerCount = workerCount
  }

  /** Follows the state of what it limits. */
  follow({ maxConnections, limitCell }: Limit): void {
    if (limitCell !== this.#cell) this.#countIn(limitCell)
    this.#limit = this.#count ? maxConnections : Math.ceil(maxConnections / this.#workerCount)
  }

  take(): boolean {
    if (this.#limit === Number.POSITIVE_INFINITY) this.#count?.add(1)
    else if (this.#count ? !this.#count.take(this.#limit) : this.#taken >= this.#limit) return false
    this.#taken += 1
    return true
  }

  /** Takes one whatever the limit is. */
  takeAnyway(): void {
    this.#count?.add(1)
    this.#taken += 1
  }

  giveBack(): void {
    this.#taken -= 1
    this.#count?.giveBack()
  }

  /** How many are taken: by all workers where they count together, else by this one. */
  get taken(): number {
    return this.#count ? this.#count.taken : this.#taken
  }

  /** Whether another one could be taken now. */
  get hasRoom(): boolean {
    return this.#limit === Number.POSITIVE_INFINITY || this.taken < this.#limit
  }

  /** What lives moves along. */
  #countIn(cell: number | undefined): void {
    this.#count?.add(-this.#taken)
    this.#cell = cell
    this.#count = cell === undefined ? undefined : this.#memory?.count(cell)
    this.#count?.add(this.#taken)
  }
}
