import type { Logger } from 'pino'
import { CELLS, SharedLayout, VACANT } from '../../serving/shared-memory.ts'
import type { ArrivalLimits, ListenerState, ServingState } from '../../serving/state.ts'
import { SharedFile } from '../../system/shared-memory.ts'
import { LimitCells } from './limit-cells.ts'
import { SharedClients } from './shared-clients.ts'

const withTable = ({ inTable: _, ...limits }: ArrivalLimits, inTable: boolean): ArrivalLimits =>
  inTable ? { ...limits, inTable } : limits

/** A limit's name among the limits of all kinds. */
const limitOf = (listener: string): string => `maxConnections of ${listener}`

/**
 * Limits that hold over all workers together: the primary makes the memory that the workers count in, says in the serving
 * state which limit is counted where, and clears what dead workers had counted. Where the memory cannot be had, each
 * worker has an equal share of every limit, and the log says so once.
 */
export class SharedLimits {
  readonly #logger: Logger
  readonly #layout: SharedLayout
  readonly #file: SharedFile | undefined
  readonly #clients: SharedClients | undefined
  readonly #cells = new LimitCells(CELLS, (cell) => this.#isEmpty(cell))
  #isDivided: boolean
  #saidTooMany = false
  #saidNoTable = false
  #named: ServingState['listeners'] | undefined

  constructor(places: number, logger: Logger) {
    this.#logger = logger
    this.#layout = new SharedLayout(places)
    this.#file = this.#open()
    this.#clients = this.#file && new SharedClients(this.#file, this.#layout.clients, places)
    this.#isDivided = this.#file === undefined
  }

  /** For workers to inherit. */
  get descriptor(): number | undefined {
    return this.#file?.descriptor
  }

  /**
   * The state with the cell of each listener: whoever edits a state need not know of cells.
   *
   * @param oldestServed the oldest version that a worker may still serve
   */
  nameCells(state: ServingState, oldestServed: number): ServingState {
    if (state.listeners === this.#named) return state
    const { version } = state
    this.#cells.keepOnly(new Set([...state.listeners.keys()].map(limitOf)), version)
    const listeners = new Map(
      [...state.listeners].map(([name, listener]) => [name, this.#withCell(name, listener, oldestServed)]),
    )
    this.#named = listeners
    return { ...state, listeners }
  }

  /**
   * A worker cannot count with the others: from now on each has its share.
   *
   * @returns whether the cells of the state must be named anew
   */
  divide(reason: string): boolean {
    if (this.#isDivided) return false
    this.#isDivided = true
    this.#named = undefined
    this.#sayDivided(reason)
    return true
  }

  /** The worker of this place is dead: what it had taken is free, and nobody waits for it to accept. */
  vacate(place: number): void {
    this.#file?.write(place, VACANT)
    this.#clients?.vacate(place)
    for (let cell = 0; cell < this.#cells.used; cell++) this.#file?.write(this.#layout.rowOf(cell) + place, 0)
  }

  /** When no worker is left. */
  close(): void {
    this.#file?.close()
  }

  #open(): SharedFile | undefined {
    try {
      return SharedFile.open(this.#layout.initial())
    } catch (error) {
      this.#sayDivided((error as Error).message)
      return undefined
    }
  }

  #withCell(name: string, listener: ListenerState, oldestServed: number): ListenerState {
    const cell = this.#isDivided ? undefined : this.#cells.cellOf(limitOf(name), oldestServed)
    if (cell === undefined && !this.#isDivided) this.#sayTooMany()
    const inTable = cell !== undefined && listener.arrivals !== undefined && this.#hasTable()
    if (cell === listener.limitCell && inTable === (listener.arrivals?.inTable ?? false)) return listener
    const { limitCell: _, arrivals, ...rest } = listener
    return {
      ...rest,
      ...(cell !== undefined && { limitCell: cell }),
      ...(arrivals && { arrivals: withTable(arrivals, inTable) }),
    }
  }

  /** The table of clients is made when a listener first needs it. */
  #hasTable(): boolean {
    try {
      this.#clients?.reserve()
      return this.#clients !== undefined
    } catch (error) {
      this.#sayNoTable((error as Error).message)
      return false
    }
  }

  #isEmpty(cell: number): boolean {
    const row = this.#file?.read(this.#layout.rowOf(cell), this.#layout.places)
    return row?.every((number) => number === 0) ?? true
  }

  /** One worker has the whole of every limit. */
  #sayDivided(error: string): void {
    if (this.#layout.places === 1) return
    this.#logger.warn(
      { error },
      `workers cannot share memory: each has an equal share of all limits, and they share clients less evenly: ${error}`,
    )
  }

  #sayNoTable(error: string): void {
    if (this.#saidNoTable) return
    this.#saidNoTable = true
    this.#logger.warn(
      { error },
      `no shared memory for limits per client and rates: each worker has an equal share of them: ${error}`,
    )
  }

  #sayTooMany(): void {
    if (this.#saidTooMany) return
    this.#saidTooMany = true
    this.#logger.warn(`of more than ${CELLS} listeners some have maxConnections divided among the workers`)
  }
}
