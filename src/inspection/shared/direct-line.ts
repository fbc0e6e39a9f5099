import { type Batch, MOST_REQUESTS } from './batch.ts'
import { ALL_GO_ON, ALL_WAIT, type Answer } from './messages.ts'

/** Whose turn it is. The main thread asks only a thread that listens. */
const STATE = {
  /** The thread is in its event loop: only a message reaches it. */
  away: 0,
  listening: 1,
  asked: 2,
  /** Asked, but the main thread waits no longer: it has sent a message that collects the answers. */
  overdue: 3,
} as const

/** Stands in the place of an answer that is more than a number. */
const DETAILED = -1

/**
 * Memory through which a batch of chunks and ends is asked and answered without a message: a thread that has just
 * answered listens here for a moment before it goes back to its event loop, and is woken by a single futex(2).
 */
export class DirectLine {
  readonly memory: SharedArrayBuffer
  readonly #batch: Batch
  readonly #state: Int32Array
  readonly #answers: Int32Array

  constructor(
    batch: Batch,
    memory: SharedArrayBuffer = new SharedArrayBuffer((1 + MOST_REQUESTS) * Int32Array.BYTES_PER_ELEMENT),
  ) {
    this.memory = memory
    this.#batch = batch
    this.#state = new Int32Array(memory, 0, 1)
    this.#answers = new Int32Array(memory, Int32Array.BYTES_PER_ELEMENT)
  }

  /** Main thread: sends the thread to its event loop, where a message waits or will. */
  hangUp(): void {
    if (Atomics.compareExchange(this.#state, 0, STATE.listening, STATE.away) === STATE.listening) {
      Atomics.notify(this.#state, 0)
    }
  }

  /**
   * Main thread: asks what the batch holds and waits, asleep, for at most `withinMs`.
   *
   * @returns the answers; `later` if a message has to collect them: they are late, or more than numbers; undefined if
   * nothing was asked: the thread does not listen, or there is a notice, which needs a message
   */
  ask(withinMs: number): Answer[] | 'later' | undefined {
    const state = this.#state
    if (this.#batch.notices.length > 0) return undefined
    if (Atomics.compareExchange(state, 0, STATE.listening, STATE.asked) !== STATE.listening) return undefined
    Atomics.notify(state, 0)
    Atomics.wait(state, 0, STATE.asked, withinMs)
    if (Atomics.compareExchange(state, 0, STATE.asked, STATE.overdue) === STATE.asked) return 'later'
    return this.#commonAnswers() ?? 'later'
  }

  /** The answers, if all of them are numbers. */
  #commonAnswers(): Answer[] | undefined {
    const answers: Answer[] = []
    for (let index = 0; index < this.#batch.length; index++) {
      const answer = this.#answers[index]
      if (answer !== ALL_GO_ON && answer !== ALL_WAIT) return undefined
      answers.push(answer === ALL_GO_ON ? ALL_GO_ON : ALL_WAIT)
    }
    return answers
  }

  /**
   * Thread: listens until nothing was asked for `idleMs`, until `untilMs` (performance.now()), or until the main thread
   * wants it in its event loop. `answer` answers each batch; its last answers may be collected later.
   *
   * @returns whether it was still being asked when its time was over
   */
  listen(answer: () => readonly Answer[], idleMs: number, untilMs: number): boolean {
    Atomics.store(this.#state, 0, STATE.listening)
    for (;;) {
      Atomics.wait(this.#state, 0, STATE.listening, idleMs)
      // Nothing came, or it is wanted elsewhere.
      if (Atomics.compareExchange(this.#state, 0, STATE.listening, STATE.away) !== STATE.asked) {
        if (Atomics.load(this.#state, 0) !== STATE.overdue) return false
      }
      const answers = answer()
      for (let index = 0; index < answers.length; index++) {
        const one = answers[index]
        this.#answers[index] = typeof one === 'number' ? one : DETAILED
      }
      const next = performance.now() < untilMs ? STATE.listening : STATE.away
      const before = Atomics.compareExchange(this.#state, 0, STATE.asked, next)
      Atomics.notify(this.#state, 0)
      if (before === STATE.asked && next === STATE.listening) continue
      Atomics.store(this.#state, 0, STATE.away)
      return before === STATE.asked
    }
  }
}
