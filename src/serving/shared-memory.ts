import { SharedCount } from './shared-count.ts'

/** The load at a place while no worker serves from it. */
export const VACANT = -1
/** How many places there are for so many workers: one that was replaced keeps its own while its connections drain. */
export const placesFor = (workers: number): number => 2 * workers
/** How many limits can be counted over all workers at one time: there may be thousands of servers. */
export const CELLS = 16_384

/** The shared memory, as a worker gets it. */
export interface SharedPlace {
  /** Inherited from the primary. */
  readonly descriptor: number
  /** Which of the places is this worker's. */
  readonly place: number
  readonly places: number
}

/** Numbers of two rows never share a line of a cache: rows are written by all workers at once. */
const NUMBERS_PER_CACHE_LINE = 16
const NUMBERS_PER_PAGE = 1_024

/**
 * Where the numbers stand in the memory that all workers share.
 *
 *             place 0   place 1   …
 *   loads        12        11          connections that the worker serves
 *   cell 0       24        22          one limit, counted as SharedCount does
 *   cell 1        0         2
 *
 * A cell may also hold another number of each worker, such as the ticket of its oldest client in a queue.
 *
 * Each worker has a place, and writes only there. When it has died the primary clears its place: so nothing that a
 * worker was about to do can leave a wrong number.
 */
export class SharedLayout {
  readonly places: number
  readonly #rowLength: number

  constructor(places: number) {
    this.places = places
    this.#rowLength = Math.ceil(places / NUMBERS_PER_CACHE_LINE) * NUMBERS_PER_CACHE_LINE
  }

  /** How many numbers there are. */
  get length(): number {
    return this.rowOf(CELLS)
  }

  /** Where the numbers of clients begin, if there are any: on a page of their own, which has no memory before. */
  get clients(): number {
    return Math.ceil(this.length / NUMBERS_PER_PAGE) * NUMBERS_PER_PAGE
  }

  /** Where the row of a cell begins. The row of the loads begins at 0. */
  rowOf(cell: number): number {
    return (cell + 1) * this.#rowLength
  }

  /** What the memory begins with before the first worker comes; all that follows is 0. */
  initial(): Int32Array {
    return new Int32Array(this.rowOf(0)).fill(VACANT, 0, this.places)
  }
}

/** Maps `length` numbers from `index` on. */
type MapMore = (index: number, length: number) => Int32Array

/** The shared memory in a worker. */
export class SharedMemory {
  readonly place: number
  readonly #numbers: Int32Array
  readonly #layout: SharedLayout
  readonly #mapMore: MapMore | undefined

  /** @param mapMore maps what lies behind these numbers */
  constructor(numbers: Int32Array, { place, places }: Omit<SharedPlace, 'descriptor'>, mapMore?: MapMore) {
    this.place = place
    this.#mapMore = mapMore
    this.#numbers = numbers
    this.#layout = new SharedLayout(places)
  }

  /** By place: how many connections each worker serves, or VACANT. */
  get loads(): Int32Array {
    return this.#row(0)
  }

  count(cell: number): SharedCount {
    return new SharedCount(this.row(cell), this.place)
  }

  /** The numbers of a cell by place, for those that count nothing. */
  row(cell: number): Int32Array {
    return this.#row(this.#layout.rowOf(cell))
  }

  get places(): number {
    return this.#layout.places
  }

  /** The numbers of clients, once the primary has made them. @throws Error if they cannot be mapped */
  mapClients(length: number): Int32Array {
    if (this.#mapMore === undefined) throw new Error('nothing more can be mapped')
    return this.#mapMore(this.#layout.clients, length)
  }

  #row(begin: number): Int32Array {
    return this.#numbers.subarray(begin, begin + this.#layout.places)
  }
}
