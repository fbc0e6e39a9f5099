import { SharedCount } from '../shared-count.ts'
import { type ClientLayout, SETS, WAYS } from './client-layout.ts'
import { halfSipHash } from './half-sip-hash.ts'
import { type Clock, type Pace, TokenBucket } from './token-bucket.ts'

/** A client of a listener: numbers of 32 bits. */
export interface ClientKey {
  /** The listener and the kind of address; never 0. */
  readonly group: number
  readonly high: number
  readonly low: number
}

export interface ClientLimits {
  readonly connections: number
  readonly pace: Pace | undefined
}

/** The client is at one of its limits, or there is no room to count it. */
export const REFUSED = -1
/** It comes faster than it may. */
export const TOO_SOON = -2

/** No entry of the set is this client's. */
const NONE = -1

/** How often a worker looks again while others are in its way; each needs less than a microsecond, unless it is stopped. */
const MOST_LOOKS = 1_000

/**
 * What is counted of each client, by all workers together: its connections, a number per worker, and its bucket of tokens.
 * An entry that counts nothing, and whose bucket is full, says nothing and is used for another client: so any number of
 * clients may come. When every entry of a set says something, a new client that belongs there is refused: no limit is ever
 * exceeded.
 *
 * A worker can be killed at any instruction. The numbers of its own place and the locks that it holds are cleared by the
 * primary, and every other number is right at every moment:
 *
 * - A worker counts first and then makes sure that the entry is still its client's; else it takes its count back.
 * - Whoever puts a client into an entry holds the lock of its set, which names the entry, and then makes sure that nothing
 *   is counted there. Of two that do this at the same time at least one sees the other (Atomics are sequentially
 *   consistent).
 * - An entry without a group is nobody's: the group is removed first and written last.
 */
export class ClientTable {
  readonly #numbers: Int32Array
  readonly #buckets: BigInt64Array
  readonly #layout: ClientLayout
  readonly #place: number

  constructor(numbers: Int32Array, layout: ClientLayout, place: number) {
    this.#numbers = numbers
    this.#buckets = new BigInt64Array(numbers.buffer, numbers.byteOffset, numbers.length >> 1)
    this.#layout = layout
    this.#place = place
  }

  /** Counts one more connection of a client. Returns its entry, REFUSED or TOO_SOON. Every entry must be left. */
  enter(client: ClientKey, { connections, pace }: ClientLimits, clock: Clock): number {
    const set = this.#setOf(client)
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      let way = this.#find(set, client)
      if (way < 0) way = this.#insert(set, client, clock())
      if (way < 0) return REFUSED
      const count = this.#count(set, way)
      const taken = count.take(connections)
      if (this.#holds(set, way, client)) {
        if (!taken) return REFUSED
        if (pace === undefined || this.#bucket(set, way).take(pace, clock)) {
          return set * WAYS + way
        }
        count.giveBack()
        return TOO_SOON
      }
      if (taken) count.giveBack()
    }
    return REFUSED
  }

  /** A connection has ended. */
  leave(entry: number): void {
    this.#count(Math.floor(entry / WAYS), entry % WAYS).giveBack()
  }

  /** A connection that was entered is refused for another reason: its token goes back as well. */
  undo(entry: number, { pace }: ClientLimits): void {
    if (pace) this.#bucket(Math.floor(entry / WAYS), entry % WAYS).giveBack(pace)
    this.leave(entry)
  }

  /** The bucket of all clients of a listener. */
  bucketOfListener(cell: number): TokenBucket {
    return new TokenBucket(this.#buckets, this.#layout.bucketOfListener(cell))
  }

  #bucket(set: number, way: number): TokenBucket {
    return new TokenBucket(this.#buckets, this.#layout.bucketOf(set, way))
  }

  #setOf({ group, high, low }: ClientKey): number {
    return halfSipHash(this.#numbers[0] ?? 0, this.#numbers[1] ?? 0, group, high, low) % SETS
  }

  #count(set: number, way: number): SharedCount {
    const begin = this.#layout.countsOf(set, way)
    return new SharedCount(this.#numbers.subarray(begin, begin + this.#layout.places), this.#place)
  }

  #find(set: number, client: ClientKey): number {
    for (let way = 0; way < WAYS; way++) if (this.#isAt(this.#layout.keyOf(set, way), client)) return way
    return NONE
  }

  #isAt(at: number, { group, high, low }: ClientKey): boolean {
    const numbers = this.#numbers
    return (
      Atomics.load(numbers, at) === group &&
      Atomics.load(numbers, at + 1) === high &&
      Atomics.load(numbers, at + 2) === low
    )
  }

  /** Whether a count that stands in the entry is this client's. The lock must be looked at first. */
  #holds(set: number, way: number, client: ClientKey): boolean {
    const claimed = Atomics.load(this.#numbers, this.#layout.lockOf(set)) % CLAIMS
    return claimed !== way + 1 && this.#isAt(this.#layout.keyOf(set, way), client)
  }

  /** Returns the entry of the client, which somebody else may have put there, or NONE if there is no room for it. */
  #insert(set: number, client: ClientKey, nowNs: bigint): number {
    const lock = this.#layout.lockOf(set)
    const mine = lockedBy(this.#place)
    for (let looks = 0; Atomics.compareExchange(this.#numbers, lock, 0, mine) !== 0; looks++) {
      if (looks === MOST_LOOKS) return NONE
    }
    let way = this.#find(set, client)
    for (let other = 0; way < 0 && other < WAYS; other++) {
      if (!this.#isUnused(set, other, nowNs)) continue
      Atomics.store(this.#numbers, lock, mine + other + 1)
      if (!this.#isUnused(set, other, nowNs)) continue
      this.#write(this.#layout.keyOf(set, other), client)
      way = other
    }
    Atomics.store(this.#numbers, lock, 0)
    return way
  }

  #write(at: number, { group, high, low }: ClientKey): void {
    Atomics.store(this.#numbers, at, 0)
    Atomics.store(this.#numbers, at + 1, high)
    Atomics.store(this.#numbers, at + 2, low)
    Atomics.store(this.#numbers, at, group)
  }

  #isUnused(set: number, way: number, nowNs: bigint): boolean {
    const begin = this.#layout.countsOf(set, way)
    for (let place = 0; place < this.#layout.places; place++) {
      if (Atomics.load(this.#numbers, begin + place) !== 0) return false
    }
    return Atomics.load(this.#buckets, this.#layout.bucketOf(set, way)) <= nowNs
  }
}

/** A lock names the place of its holder, and beside it the entry that it claims, from 1. */
const CLAIMS = 256
const lockedBy = (place: number): number => (place + 1) * CLAIMS

/** Whether the lock is held by the worker of a place. */
export const isLockedBy = (lock: number, place: number): boolean => Math.floor(lock / CLAIMS) === place + 1
