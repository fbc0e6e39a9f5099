import { DIRECTIONS, type Direction } from '../../engine/direction.ts'
import type { Notice, Request, ThreadMemory } from './messages.ts'

/** Requests of one batch, at most. */
export const MOST_REQUESTS = 256

/** The bytes of a batch stand in memory that both threads see: copying them there once beat cloning and transferring. */
const ARENA_BYTES = 1024 * 1024

const KINDS = ['chunk', 'end', 'notice'] as const

/** Words of a request. 64-bit floats: numbers of connections outgrow 32 bits. */
const [KIND, CONNECTION, DIRECTION, OFFSET, LENGTH, WORDS] = [0, 1, 2, 3, 4, 5]

/**
 * The requests that a thread is asked next, in memory that both threads see. One batch is under way at a time: the main
 * thread packs the next one once this one is answered, and the thread reads it only while it is asked.
 */
export class Batch {
  readonly memory: Pick<ThreadMemory, 'requests' | 'arena'>
  /** Main thread: the notices of the batch. They are objects, and need a message. */
  notices: Notice[] = []
  readonly #length: Int32Array
  readonly #words: Float64Array
  readonly #arena: Uint8Array

  constructor(
    memory: Batch['memory'] = {
      requests: new SharedArrayBuffer((1 + MOST_REQUESTS * WORDS) * Float64Array.BYTES_PER_ELEMENT),
      arena: new SharedArrayBuffer(ARENA_BYTES),
    },
  ) {
    this.memory = memory
    this.#length = new Int32Array(memory.requests, 0, 1)
    this.#words = new Float64Array(memory.requests, Float64Array.BYTES_PER_ELEMENT)
    this.#arena = new Uint8Array(memory.arena)
  }

  get length(): number {
    return this.#length[0] ?? 0
  }

  /** Main thread: takes as many requests as fit, from the first on, with a copy of their bytes. Returns how many. */
  pack(requests: readonly Request[]): number {
    this.notices = []
    let count = 0
    let offset = 0
    for (const request of requests) {
      const length = request.kind === 'chunk' ? request.bytes.length : 0
      if (count === MOST_REQUESTS || offset + length > ARENA_BYTES) break
      const first = count * WORDS
      this.#words[first + KIND] = KINDS.indexOf(request.kind)
      if (request.kind === 'notice') this.notices.push(request.notice)
      else {
        this.#words[first + CONNECTION] = request.connection
        this.#words[first + DIRECTION] = DIRECTIONS.indexOf(request.direction)
      }
      if (request.kind === 'chunk') {
        this.#words[first + OFFSET] = offset
        this.#words[first + LENGTH] = length
        this.#arena.set(request.bytes, offset)
      }
      count += 1
      offset += length
    }
    this.#length[0] = count
    return count
  }

  kindAt(index: number): Request['kind'] {
    return KINDS[this.#word(index, KIND)] ?? 'notice'
  }

  connectionAt(index: number): number {
    return this.#word(index, CONNECTION)
  }

  directionAt(index: number): Direction {
    return DIRECTIONS[this.#word(index, DIRECTION)] ?? 'toUpstream'
  }

  /** Thread: the bytes of a chunk, in the arena. The next batch overwrites them. */
  bytesAt(index: number): Uint8Array {
    return new Uint8Array(this.memory.arena, this.#word(index, OFFSET), this.#word(index, LENGTH))
  }

  #word(index: number, word: number): number {
    return this.#words[index * WORDS + word] ?? 0
  }
}
