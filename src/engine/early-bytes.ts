import { type EarlyState, type EarlyView, MOST_EARLY_BYTES, type Peek } from './peer.ts'

interface Waiter {
  readonly atLeast: number
  resolve(view: EarlyView): void
  reject(error: Error): void
}

const NOTHING = Buffer.alloc(0)

/** What was read of a peer before a relay has it, and the one peek that may wait for more. */
export class EarlyBytes {
  #buffer = NOTHING
  #begin = 0
  #end = 0
  /** So many of those that are there has a peek shown. */
  #shown = 0
  #over: 'ended' | 'broken' | undefined
  #waiter: Waiter | undefined
  /** Somebody has looked at them. */
  wasPeeked = false

  get size(): number {
    return this.#end - this.#begin
  }

  /** So many may still be read. */
  get room(): number {
    return Math.max(0, MOST_EARLY_BYTES - this.size)
  }

  /** A peek waits for more. */
  get isAwaited(): boolean {
    return this.#waiter !== undefined
  }

  get state(): EarlyState {
    return this.#over ?? (this.room === 0 ? 'full' : 'open')
  }

  /** Keeps a copy of what was read. */
  add(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) this.#grow(bytes.length)
    this.#buffer.set(bytes, this.#end)
    this.#end += bytes.length
    this.#look()
  }

  /** Twice as large each time, so that single bytes cost little; the first time just so, for most often there is no second. */
  #grow(by: number): void {
    const there = this.#rest()
    const larger = Buffer.allocUnsafe(there.length === 0 ? by : Math.max(there.length + by, 2 * there.length))
    larger.set(there)
    this.#buffer = larger
    this.#begin = 0
    this.#end = there.length
  }

  /** No more will come. */
  finish(over: 'ended' | 'broken'): void {
    this.#over ??= over
    this.#look()
  }

  peek(atLeast = Math.min(this.#shown + 1, MOST_EARLY_BYTES)): Peek {
    if (atLeast > MOST_EARLY_BYTES) throw new RangeError(`no more than ${MOST_EARLY_BYTES} bytes can be looked at`)
    if (this.#waiter !== undefined) throw new Error('another peek is waiting')
    this.wasPeeked = true
    const view = new Promise<EarlyView>((resolve, reject) => {
      this.#waiter = { atLeast, resolve, reject }
    })
    const waiter = this.#waiter
    this.#look()
    return { view, cancel: (error) => this.#cancel(waiter, error) }
  }

  #cancel(waiter: Waiter | undefined, error: Error): void {
    if (waiter === undefined || waiter !== this.#waiter) return
    this.#waiter = undefined
    waiter.reject(error)
  }

  #look(): void {
    const waiter = this.#waiter
    if (waiter === undefined || (this.state === 'open' && this.size < waiter.atLeast)) return
    this.#waiter = undefined
    const bytes = this.#rest().subarray(0, MOST_EARLY_BYTES)
    this.#shown = bytes.length
    waiter.resolve({ bytes, state: this.state })
  }

  consume(count: number): void {
    if (count < 0 || count > this.size) throw new RangeError(`${count} of ${this.size} early bytes cannot be consumed`)
    this.#begin += count
    this.#shown = Math.max(0, this.#shown - count)
  }

  /** What is left, for a relay or whoever gets the socket. */
  take(): Buffer {
    this.#cancel(this.#waiter, new Error('the peer was given away while a peek waited'))
    const rest = this.#rest()
    this.#buffer = NOTHING
    this.#begin = 0
    this.#end = 0
    return rest
  }

  #rest(): Buffer {
    return this.#buffer.subarray(this.#begin, this.#end)
  }
}
