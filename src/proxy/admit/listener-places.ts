import type { SharedCount } from '../../serving/shared-count.ts'
import type { SharedMemory } from '../../serving/shared-memory.ts'
import type { ListenerState } from '../../serving/state.ts'
import type { Places } from './admit.ts'

/**
 * The places of a listener: `maxConnections` over all workers where they count together, else this worker's share of it.
 * Both may change while connections live: nobody is cut, and none is admitted until there is room.
 */
export class ListenerPlaces implements Places {
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

  /** Follows the listener's state. */
  follow({ maxConnections, limitCell }: Pick<ListenerState, 'maxConnections' | 'limitCell'>): void {
    if (limitCell !== this.#cell) this.#countIn(limitCell)
    this.#limit = this.#count ? maxConnections : Math.ceil(maxConnections / this.#workerCount)
  }

  take(): boolean {
    const hasRoom = this.#count ? this.#count.take(this.#limit) : this.#taken < this.#limit
    if (hasRoom) this.#taken += 1
    return hasRoom
  }

  giveBack(): void {
    this.#taken -= 1
    this.#count?.giveBack()
  }

  /** What lives moves along. */
  #countIn(cell: number | undefined): void {
    this.#count?.add(-this.#taken)
    this.#cell = cell
    this.#count = cell === undefined ? undefined : this.#memory?.count(cell)
    this.#count?.add(this.#taken)
  }
}
