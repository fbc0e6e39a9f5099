import type { Logger } from 'pino'
import { CELLS, SharedLayout, VACANT } from '../../serving/shared-memory.ts'
import type { ListenerState, ServingState } from '../../serving/state.ts'
import { SharedFile } from '../../system/shared-file.ts'
import { LimitCells } from './limit-cells.ts'

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
  readonly #cells = new LimitCells(CELLS, (cell) => this.#isEmpty(cell))
  #isDivided: boolean
  #saidTooMany = false
  #named: ServingState['listeners'] | undefined

  constructor(places: number, logger: Logger) {
    this.#logger = logger
    this.#layout = new SharedLayout(places)
    this.#file = this.#open()
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
    if (cell === listener.limitCell) return listener
    const { limitCell: _, ...rest } = listener
    return cell === undefined ? rest : { ...rest, limitCell: cell }
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
      `workers cannot share memory: each has an equal share of maxConnections, and they share clients less evenly: ${error}`,
    )
  }

  #sayTooMany(): void {
    if (this.#saidTooMany) return
    this.#saidTooMany = true
    this.#logger.warn(`of more than ${CELLS} listeners some have maxConnections divided among the workers`)
  }
}
