/** Milliseconds on a clock that all threads share; it wraps, so only differences mean something. */
export const clockMs = (): number => {
  const [seconds, nanoseconds] = process.hrtime()
  return (seconds * 1000 + nanoseconds / 1_000_000) | 0
}

const [REQUEST, LINK, SINCE_MS, LENGTH] = [0, 1, 2, 3]

/** Memory where a thread publishes its progress in a batch, for the worker's main thread to look at. */
export class Progress {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(LENGTH * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.#words = new Int32Array(memory)
  }

  /** The number of the request in the batch, from 1; 0 between batches. */
  get request(): number {
    return this.#words[REQUEST] ?? 0
  }

  /** Which of the connection's inspectors is called. */
  get link(): number {
    return this.#words[LINK] ?? 0
  }

  /** When that call began, as `clockMs()`. */
  get sinceMs(): number {
    return this.#words[SINCE_MS] ?? 0
  }

  /** Thread: a request of the batch begins. */
  beginRequest(number: number): void {
    this.#words[SINCE_MS] = clockMs()
    this.#words[REQUEST] = number
  }

  /** Thread: the inspector at `link` is about to be called. */
  beginCall(link: number): void {
    // First the time: a reader in between must not count the time of the call before for this one.
    this.#words[SINCE_MS] = clockMs()
    this.#words[LINK] = link
  }

  /** Thread: the batch is done. */
  end(): void {
    this.#words[REQUEST] = 0
  }
}
