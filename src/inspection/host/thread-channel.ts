import { Batch } from '../shared/batch.ts'
import { DirectLine } from '../shared/direct-line.ts'
import type { Answer, BatchTask, CollectTask, Request } from '../shared/messages.ts'

/** The main thread sleeps so long at most for answers: about what a message and its answer would cost. */
const WAIT_MS = 0.2
/** After timed-out waits, at most this many batches go as messages: inspectors that are slow stop nobody else. */
const MOST_AS_MESSAGES = 128

/** Asks a thread: over the direct line if the thread listens there, else with a message. */
export class ThreadChannel {
  readonly #batch = new Batch()
  readonly #line = new DirectLine(this.#batch)
  readonly #post: (task: BatchTask | CollectTask) => Promise<readonly Answer[]>
  /** Waits in vain, one after the other, and the batches that go as messages because of them. */
  #inVain = 0
  #asMessages = 0

  constructor(post: (task: BatchTask | CollectTask) => Promise<readonly Answer[]>) {
    this.#post = post
  }

  get memory() {
    return { ...this.#batch.memory, line: this.#line.memory }
  }

  /** Makes the next batch, of as many requests as fit, with a copy of their bytes. Returns how many. */
  pack(requests: readonly Request[]): number {
    return this.#batch.pack(requests)
  }

  /**
   * Asks what was packed. One batch at a time.
   *
   * @returns an answer per request, in order: at once, or when the thread can. Rejects if the thread ends
   */
  ask(): readonly Answer[] | Promise<readonly Answer[]> {
    if (this.#asMessages > 0) {
      this.#asMessages -= 1
      return this.#askByMessage()
    }
    const answers = this.#line.ask(WAIT_MS)
    if (answers === undefined) return this.#askByMessage()
    this.#inVain = answers === 'later' ? this.#inVain + 1 : 0
    if (answers !== 'later') return answers
    this.#asMessages = Math.min(2 ** this.#inVain, MOST_AS_MESSAGES)
    return this.#post({ kind: 'collect' })
  }

  /** A message is about to be posted: the thread is to be in its event loop. */
  hangUp(): void {
    this.#line.hangUp()
  }

  /** The thread has ended: nobody is there to listen. */
  close(): void {
    this.#asMessages = Number.POSITIVE_INFINITY
  }

  #askByMessage(): Promise<readonly Answer[]> {
    return this.#post({ kind: 'batch', notices: this.#batch.notices })
  }
}
