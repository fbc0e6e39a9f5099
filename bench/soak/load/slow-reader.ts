import type { Socket } from 'node:net'
import type { Reader } from '../plan/plan.ts'
import { handleOf } from './native.ts'

/**
 * Reads slowly, or late. It stops the handle and not the stream: a paused stream reads ahead, and discards those bytes
 * when a reset comes.
 */
export class SlowReader {
  readonly #socket: Socket
  readonly #bytes: number
  readonly #ms: number
  #taken = 0
  #timer: NodeJS.Timeout | undefined

  constructor(socket: Socket, reader: Exclude<Reader, { reads: 'atOnce' }>) {
    this.#socket = socket
    this.#ms = reader.ms
    this.#bytes = reader.reads === 'slowly' ? reader.bytes : Number.POSITIVE_INFINITY
    if (reader.reads === 'late') this.#rest()
  }

  took(bytes: number): void {
    this.#taken += bytes
    if (this.#taken < this.#bytes) return
    this.#taken = 0
    this.#rest()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #rest(): void {
    handleOf(this.#socket)?.readStop()
    this.#timer = setTimeout(() => handleOf(this.#socket)?.readStart(), this.#ms)
  }
}
