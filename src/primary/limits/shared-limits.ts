import type { Logger } from 'pino'
import { CELLS, placesFor, SharedLayout, VACANT } from '../../serving/shared-memory.ts'
import type { ServingState } from '../../serving/state.ts'
import { SharedFile } from '../../system/shared-file.ts'
import { limitsOf, withCells } from './cell-names.ts'
import { LimitCells } from './limit-cells.ts'
import { SharedClients } from './shared-clients.ts'

/**
 * Limits that hold over all workers together: the primary makes the memory that the workers count in, says in the serving
 * state which limit is counted where, and clears what dead workers had counted. Where the memory cannot be had, each
 * worker has an equal share of every limit, and the log says so once.
 */
export class SharedLimits {
  readonly #workers: number
  readonly #logger: Logger
  readonly #layout: SharedLayout
  readonly #file: SharedFile | undefined
  readonly #cells = new LimitCells(
    CELLS,
    (cell) => this.#isEmpty(cell),
    (cell) => this.#reserve(cell),
  )
  #isDivided: boolean
  #saidTooMany = false
  #named: ServingState | undefined
  readonly #clients: SharedClients | undefined
  #saidNoTable = false

  /** @param workers how many share the limits, but for those that were replaced and drain */
  constructor(workers: number, logger: Logger) {
    this.#workers = workers
    this.#logger = logger
    const places = placesFor(workers)
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
   * The state with the cell of each limit: whoever edits a state need not know of cells.
   *
   * @param oldestServed the oldest version that a worker may still serve
   */
  nameCells(state: ServingState, oldestServed: number): ServingState {
    const before = this.#named
    if (state.listeners === before?.listeners && state.upstreams === before.upstreams) return state
    this.#cells.keepOnly(limitsOf(state), state.version)
    this.#named = withCells(
      state,
      (limit) => this.#cellOf(limit, oldestServed),
      () => this.#hasTable(),
    )
    return this.#named
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
      return SharedFile.open(this.#layout.initial(), this.#layout.length)
    } catch (error) {
      this.#sayDivided((error as Error).message)
      return undefined
    }
  }

  #cellOf(limit: string, oldestServed: number): number | undefined {
    if (this.#isDivided) return undefined
    const cell = this.#cells.cellOf(limit, oldestServed)
    if (cell === undefined) this.#sayTooMany()
    return cell
  }

  /**
   * Most of the file has no place on its file system before it is written: where none is left then, a worker that wrote to
   * its mapped memory would be killed.
   */
  #reserve(cell: number): boolean {
    try {
      this.#file?.write(this.#layout.rowOf(cell), ...Array<number>(this.#layout.places).fill(0))
      return true
    } catch {
      // ENOSPC. This limit is divided among the workers.
      return false
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
    if (this.#workers === 1) return
    this.#logger.warn(
      { error },
      `workers cannot share memory: each has an equal share of every limit, and they share clients less evenly: ${error}`,
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
    this.#logger.warn(`of more than ${CELLS} limits, or for want of memory, some are divided among the workers`)
  }
}
