import { LONGEST_DURATION_MS } from '../../config/fields/duration.ts'

/**
 * The bytes of one direction that wait for a verdict, and whoever waits for them. They stay here while a thread looks at
 * its copy: a verdict need not carry them back, and they are not lost with the thread.
 */
export class Waiting {
  /** The thread holds bytes that are not here. */
  threadHolds = false
  readonly #holdWithinMs: number
  readonly #onTooLong: () => void
  #kept: Uint8Array[] = []
  #asked: Uint8Array | undefined
  #resolve: ((goesOn: readonly Uint8Array[]) => void) | undefined
  #tooLong: NodeJS.Timeout | undefined
  #later: NodeJS.Timeout | undefined

  constructor(holdWithinMs: number, onTooLong: () => void) {
    this.#holdWithinMs = holdWithinMs
    this.#onTooLong = onTooLong
  }

  /** A verdict is awaited. */
  get isAsked(): boolean {
    return this.#resolve !== undefined && this.#later === undefined
  }

  get holds(): boolean {
    return this.#kept.length > 0 || this.threadHolds
  }

  /** A question about `bytes`, or about the end. The promise is never settled if the connection ends before. */
  begin(bytes?: Uint8Array): Promise<readonly Uint8Array[]> {
    this.#asked = bytes
    return new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** Everything that is kept, for which no verdict is awaited any more. */
  release(bytes?: Uint8Array): Uint8Array[] {
    const kept = this.#kept
    this.#kept = []
    if (bytes) kept.push(bytes)
    this.#watchTheHold()
    return kept
  }

  allGoOn(afterMs = 0): void {
    this.#settle(this.release(this.#asked), afterMs)
  }

  allWait(): void {
    // A copy: what was asked about is the engine's to read into again, once it is answered.
    if (this.#asked) this.#kept.push(new Uint8Array(this.#asked))
    this.#watchTheHold()
    this.#settle([], 0)
  }

  theseGoOn(bytes: readonly Uint8Array[], afterMs: number): void {
    this.release()
    this.#settle(bytes, afterMs)
  }

  stop(): void {
    clearTimeout(this.#tooLong)
    clearTimeout(this.#later)
    this.#resolve = undefined
    this.#kept = []
  }

  #settle(goesOn: readonly Uint8Array[], afterMs: number): void {
    const resolve = this.#resolve
    this.#asked = undefined
    if (afterMs === 0) {
      this.#resolve = undefined
      return resolve?.(goesOn)
    }
    this.#after(afterMs, () => {
      this.#later = undefined
      this.#resolve = undefined
      resolve?.(goesOn)
    })
  }

  /** A timer of more than 2^31 - 1 ms fires at once: a longer one is several. */
  #after(ms: number, goOn: () => void): void {
    const firstMs = Math.min(ms, LONGEST_DURATION_MS)
    const next = ms > firstMs ? () => this.#after(ms - firstMs, goOn) : goOn
    this.#later = setTimeout(next, firstMs)
  }

  #watchTheHold(): void {
    if (this.holds) {
      this.#tooLong ??= setTimeout(this.#onTooLong, this.#holdWithinMs)
      return
    }
    clearTimeout(this.#tooLong)
    this.#tooLong = undefined
  }
}
