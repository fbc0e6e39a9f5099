import type { HoldClock } from './hold-clock.ts'

/** The questions of all connections of a listener. */
export interface OpenQuestions {
  /** How many wait for a verdict. */
  count: number
}

/**
 * The bytes of one direction that wait for a verdict, and the question about them. They stay here while a thread looks
 * at its copy: a verdict need not carry them back, and they are not lost with the thread.
 */
export class HeldBytes {
  /** The thread holds bytes that are not here. */
  threadHolds = false
  /** A verdict is awaited. */
  isAsked = false
  readonly #clock: HoldClock
  readonly #questions: OpenQuestions
  #kept: Uint8Array[] = []
  #asked: Uint8Array | undefined
  #resolve: ((goesOn: readonly Uint8Array[]) => void) | undefined

  /** @param questions where its own are counted */
  constructor(clock: HoldClock, questions: OpenQuestions) {
    this.#clock = clock
    this.#questions = questions
  }

  get holds(): boolean {
    return this.#kept.length > 0 || this.threadHolds
  }

  /** A question about `bytes`, or about the end. The promise is never settled if the connection ends before. */
  begin(bytes?: Uint8Array): Promise<readonly Uint8Array[]> {
    this.#asked = bytes
    this.isAsked = true
    this.#questions.count += 1
    return new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** Everything that is kept, for which no verdict is awaited any more, and then `bytes`. */
  release(bytes?: Uint8Array): Uint8Array[] {
    const kept = this.#kept
    this.#kept = []
    if (bytes) kept.push(bytes)
    this.#clock.watch(this.holds)
    return kept
  }

  allGoOn(afterMs = 0): void {
    this.#settle(this.release(this.#asked), afterMs)
  }

  allWait(): void {
    // A copy: what was asked about is the engine's to read into again, once it is answered.
    if (this.#asked) this.#kept.push(new Uint8Array(this.#asked))
    this.#clock.watch(this.holds)
    this.#settle([], 0)
  }

  theseGoOn(bytes: readonly Uint8Array[], afterMs: number): void {
    this.release()
    this.#settle(bytes, afterMs)
  }

  /** The connection has ended. */
  stop(): void {
    this.#closeQuestion()
    this.#clock.stop()
    this.#resolve = undefined
    this.#kept = []
  }

  #settle(goesOn: readonly Uint8Array[], afterMs: number): void {
    this.#closeQuestion()
    this.#asked = undefined
    if (afterMs > 0) this.#clock.delay(afterMs, () => this.#goOn(goesOn))
    else this.#goOn(goesOn)
  }

  #closeQuestion(): void {
    if (!this.isAsked) return
    this.isAsked = false
    this.#questions.count -= 1
  }

  #goOn(goesOn: readonly Uint8Array[]): void {
    const resolve = this.#resolve
    this.#resolve = undefined
    resolve?.(goesOn)
  }
}
