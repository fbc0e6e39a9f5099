import { getHeapStatistics } from 'node:v8'

const LOOK_AFTER_MS = 50

/** Ends the thread once its inspectors use more memory than they may. V8 limits its heap by itself, but not Buffers. */
export class MemoryWatch {
  readonly #mostBytes: number
  #lookIsDue = false

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Inspectors were called: looks soon, at most once in a while. */
  lookSoon(): void {
    if (this.#lookIsDue) return
    this.#lookIsDue = true
    // After the messages of that turn: answers that wait to be collected are not lost with the thread.
    setTimeout(() => setImmediate(() => this.#look()), LOOK_AFTER_MS).unref()
  }

  #look(): void {
    this.#lookIsDue = false
    const { external_memory: external, used_heap_size: heap } = getHeapStatistics()
    // Nobody catches it: it ends the thread.
    if (external + heap > this.#mostBytes) {
      throw new Error('the inspectors of this thread use more memory than they may')
    }
  }
}
