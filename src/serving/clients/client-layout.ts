import { CELLS } from '../shared-memory.ts'

/** Sets of entries; a power of two. */
export const SETS = 2 ** 14
/** Entries of a set. */
export const WAYS = 16
/** Numbers of a key: the listener and the kind of address, and 64 bits of address. */
const KEY = 3

/** Two numbers that nobody outside knows: the key of the hash. */
const SEED = 16
const TIMES = WAYS * 2
const KEYS_AT = 2
const TIMES_AT = KEYS_AT + WAYS * KEY
const COUNTS_AT = TIMES_AT + TIMES
const NUMBERS_PER_CACHE_LINE = 16

/**
 * Where the numbers of clients stand in the memory that workers share, in numbers of 32 bits from the table's begin.
 *
 *     seed of the hash
 *     a bucket for each cell: the rate of a listener
 *     a set      lock    key key key …    bucket bucket bucket …    counts of entry 0, by place    counts of entry 1 …
 *     a set      …
 *
 * A client may stand in any entry of one set, which its hash names. 2^18 entries of 24 bytes and 4 more per place: 14 MiB
 * with 4 workers. Clients beyond that need no more memory.
 */
export class ClientLayout {
  readonly places: number
  readonly #setLength: number

  constructor(places: number) {
    this.places = places
    const length = COUNTS_AT + WAYS * places
    this.#setLength = Math.ceil(length / NUMBERS_PER_CACHE_LINE) * NUMBERS_PER_CACHE_LINE
  }

  get length(): number {
    return this.lockOf(SETS)
  }

  /** The index of a listener's bucket, in numbers of 64 bits. */
  bucketOfListener(cell: number): number {
    return SEED / 2 + cell
  }

  /** 0, or who is about to put a client into the set. */
  lockOf(set: number): number {
    return SEED + 2 * CELLS + set * this.#setLength
  }

  keyOf(set: number, way: number): number {
    return this.lockOf(set) + KEYS_AT + way * KEY
  }

  /** The index of an entry's bucket, in numbers of 64 bits. */
  bucketOf(set: number, way: number): number {
    return (this.lockOf(set) + TIMES_AT) / 2 + way
  }

  /** The counts of an entry, one per place. */
  countsOf(set: number, way: number): number {
    return this.lockOf(set) + COUNTS_AT + way * this.places
  }
}
