import { nowMs } from '../../clock.ts'
import { close, pipe, setPipeSize } from './libc.ts'

/** Bytes in the kernel, on their way from one socket to another. */
export interface Pipe {
  readonly read: number
  readonly write: number
}

const WANTED_BYTES = 1024 * 1024
/** pipe(7): a user beyond fs.pipe-user-pages-soft gets pipes of one or two pages, which are slower than the buffer. */
const LEAST_BYTES = 64 * 1024
const MOST_OPEN = 256
const MOST_IDLE = 32
const TRY_AGAIN_AFTER_MS = 1_000

/** Pipes are made when they are first needed, kept for the next one, and bounded. Having none is no error: the buffer serves. */
export class PipePool {
  readonly #idle: Pipe[] = []
  #open = 0
  #refusedUntilMs = 0

  take(): Pipe | undefined {
    return this.#idle.pop() ?? this.#make()
  }

  /** Gives an empty pipe back. */
  give(one: Pipe): void {
    if (this.#idle.length < MOST_IDLE) this.#idle.push(one)
    else this.discard(one)
  }

  /** For a pipe that still holds bytes of somebody. */
  discard(one: Pipe): void {
    close(one.read)
    close(one.write)
    this.#open -= 1
  }

  #make(): Pipe | undefined {
    if (this.#open >= MOST_OPEN || nowMs() < this.#refusedUntilMs) return undefined
    const made = pipe()
    if (typeof made === 'number') return this.#refused()
    this.#open += 1
    const one = { read: made[0], write: made[1] }
    if (setPipeSize(one.write, WANTED_BYTES) > 0 || setPipeSize(one.write, LEAST_BYTES) > 0) return one
    this.discard(one)
    return this.#refused()
  }

  #refused(): undefined {
    this.#refusedUntilMs = nowMs() + TRY_AGAIN_AFTER_MS
    return undefined
  }
}
