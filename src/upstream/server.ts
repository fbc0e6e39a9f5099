import { isDeepStrictEqual } from 'node:util'
import { hostMs, nowMs } from '../clock.ts'
import type { Address } from '../config/fields/address.ts'
import { LimitedPlaces } from '../serving/limited-places.ts'
import type { SharedMemory } from '../serving/shared-memory.ts'
import type { ServerState } from '../serving/state.ts'
import type { Candidate } from './balance/balance.ts'
import { NOBODY, Tickets } from './tickets.ts'

/** What a server that comes up gets of its share at first. */
const FIRST_SHARE = 0.1

/** Where the workers count together. */
export interface Sharing {
  readonly memory: SharedMemory | undefined
  readonly workerCount: number
}

/** One server of an upstream. It follows its state, and is the same object as long as it has its name. */
export class Server implements Candidate {
  /** As it is shown. */
  readonly name: string
  fullWeight = 0
  weight = 0
  credit = 0
  /** When it was last reached; `nowMs()`, 0 before that. */
  reachedMs = 0
  /** As `ServerState.tier`. */
  tier = 0
  /** Called when a place at it has become free; only where clients may wait for one. */
  onRoom: (() => void) | undefined
  readonly #memory: SharedMemory | undefined
  readonly #places: LimitedPlaces
  #ticketsCell: number | undefined
  #tickets: Tickets | undefined
  #address: Address | undefined
  #upSinceMs: number | undefined

  constructor(name: string, { memory, workerCount }: Sharing) {
    this.name = name
    this.#memory = memory
    this.#places = new LimitedPlaces(memory, workerCount)
  }

  follow(state: ServerState): void {
    this.#places.follow(state)
    this.fullWeight = state.weight
    this.weight = state.weight
    this.tier = state.tier
    if (state.ticketsCell !== this.#ticketsCell) this.#showTicketsIn(state.ticketsCell)
    this.#upSinceMs = state.upSinceMs
    if (isDeepStrictEqual(state.address, this.#address)) return
    this.#address = state.address
    this.reachedMs = 0
  }

  /**
   * Brings its weight up to date, which grows in `slowStartMs` from a tenth to all of it.
   *
   * @returns whether it still grows
   */
  grow(slowStartMs: number): boolean {
    const grownMs = this.#upSinceMs === undefined ? slowStartMs : hostMs(nowMs()) - this.#upSinceMs
    if (!(grownMs < slowStartMs)) {
      this.weight = this.fullWeight
      return false
    }
    this.weight = this.fullWeight * (FIRST_SHARE + (1 - FIRST_SHARE) * (Math.max(0, grownMs) / slowStartMs))
    return true
  }

  /** Of the clients that wait for it. Where the workers share no memory for them, only this worker's. */
  get tickets(): Tickets {
    if (this.#tickets === undefined) {
      const row = this.#ticketsCell === undefined ? undefined : this.#memory?.row(this.#ticketsCell)
      this.#tickets = row && this.#memory ? new Tickets(row, this.#memory.place) : new Tickets(new Int32Array(1), 0)
    }
    return this.#tickets
  }

  get load(): number {
    return this.#places.taken
  }

  get hasRoom(): boolean {
    return this.#places.hasRoom
  }

  /** Takes a place for a connection, unless it is at its `maxConnections`. Every place must be given back. */
  take(): boolean {
    return this.#places.take()
  }

  /** Takes one for a connection that another process has made. */
  takeAnyway(): void {
    this.#places.takeAnyway()
  }

  giveBack(): void {
    this.#places.giveBack()
    this.onRoom?.()
  }

  /** The address to dial; undefined while its name has none: then it is not in rotation. */
  get address(): Address | undefined {
    return this.#address
  }

  #showTicketsIn(cell: number | undefined): void {
    this.#tickets?.show(NOBODY)
    this.#tickets = undefined
    this.#ticketsCell = cell
  }
}
