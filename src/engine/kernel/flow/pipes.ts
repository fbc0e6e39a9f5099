import { nowMs } from '../../../clock.ts'
import { close, pipe, setPipeSize } from '../../../system/libc.ts'

/** A pipe that holds bytes in the kernel, between two sockets. It is closed once; after that its ends are -1. */
export class Pipe {
  #read: number
  #write: number

  constructor(read: number, write: number) {
    this.#read = read
    this.#write = write
  }

  get read(): number {
    return this.#read
  }

  get write(): number {
    return this.#write
  }

  /** Its ends belong to whoever gets them; it has none from now on. */
  letGo(): { readonly read: number; readonly write: number } {
    const ends = { read: this.#read, write: this.#write }
    this.#read = -1
    this.#write = -1
    return ends
  }

  close(): void {
    if (this.#read < 0) return
    const ends = [this.#read, this.#write]
    this.#read = -1
    this.#write = -1
    for (const end of ends) close(end)
  }
}

const WANTED_BYTES = 1024 * 1024
/** pipe(7): a user beyond fs.pipe-user-pages-soft gets pipes of one or two pages, which are slower than the buffer. */
const LEAST_BYTES = 64 * 1024
const MOST_OPEN = 256
const MOST_IDLE = 32
const TRY_AGAIN_AFTER_MS = 1_000

/** Pipes are made when needed, reused, and bounded in number. Having none is no error: the buffer is used instead. */
export class PipePool {
  readonly #idle: Pipe[] = []
  #open = 0
  #refusedUntilMs = 0

  take(): Pipe | undefined {
    return this.#idle.pop() ?? this.#make()
  }

  /** Gives an empty pipe back. */
  give(one: Pipe): void {
    if (this.#idle.length < MOST_IDLE && !this.#isRefused) this.#idle.push(one)
    else this.discard(one)
  }

  /**
   * To be called after EMFILE or ENFILE: connections need descriptors, pipes only make them quicker. No pipe is made or kept
   * for a while.
   *
   * @returns whether descriptors were freed
   */
  yieldDescriptors(): boolean {
    const idle = this.#idle.splice(0)
    for (const one of idle) this.discard(one)
    this.#refused()
    return idle.length > 0
  }

  /** Closes a pipe, such as one that still holds bytes. */
  discard(one: Pipe): void {
    one.close()
    this.#open -= 1
  }

  /** A pipe of another process, that may hold bytes. */
  adopt(read: number, write: number): Pipe {
    this.#open += 1
    return new Pipe(read, write)
  }

  /** For another process: returns its ends. */
  letGo(one: Pipe): { readonly read: number; readonly write: number } {
    this.#open -= 1
    return one.letGo()
  }

  #make(): Pipe | undefined {
    if (this.#open >= MOST_OPEN || this.#isRefused) return undefined
    const made = pipe()
    if (typeof made === 'number') return this.#refused()
    this.#open += 1
    const one = new Pipe(made[0], made[1])
    if (setPipeSize(one.write, WANTED_BYTES) > 0 || setPipeSize(one.write, LEAST_BYTES) > 0) return one
    this.discard(one)
    return this.#refused()
  }

  get #isRefused(): boolean {
    return this.#refusedUntilMs > 0 && nowMs() < this.#refusedUntilMs
  }

  #refused(): undefined {
    this.#refusedUntilMs = nowMs() + TRY_AGAIN_AFTER_MS
    return undefined
  }
}
