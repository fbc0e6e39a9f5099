import { isDeepStrictEqual } from 'node:util'
import { nowMs } from '../../clock.ts'
import { type Answer, type NoAnswer, noAnswer } from './resolve/answer.ts'

/** After a failure the question is asked again within this time, sooner after the first ones. */
const LONGEST_RETRY_MS = 5_000
const FIRST_RETRY_MS = 1_000

export interface QuestionEvents {
  /** The first failure, at the start or after an answer: `hadAnswer`. */
  onFailing(failure: NoAnswer, hadAnswer: boolean): void
  /** The first answer after failures. */
  onAnswered(hadAnswer: boolean): void
}

/**
 * A question about a name that is asked again and again: whenever its answer has become too old, and soon after a failure.
 * While it fails, the last good answer stays.
 */
export class RepeatedQuestion<Found> {
  /** The last good answer; undefined before the first. */
  found: Found | undefined
  /** Why the last attempt failed; undefined after an answer, and before the first attempt has ended. */
  failure: NoAnswer | undefined
  /** Resolves when the first attempt has ended, be it with an answer or not. */
  readonly settled: Promise<void>
  readonly #ask: (last: Found | undefined) => Promise<Answer<Found>>
  readonly #events: QuestionEvents
  readonly #watchers = new Set<() => void>()
  #answeredMs = 0
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  /** Asks at once. */
  constructor(ask: (last: Found | undefined) => Promise<Answer<Found>>, events: QuestionEvents) {
    this.#ask = ask
    this.#events = events
    this.settled = this.#attempt()
  }

  /** How old the last good answer is; undefined if there is none. */
  get ageMs(): number | undefined {
    return this.found === undefined ? undefined : nowMs() - this.#answeredMs
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0
  }

  /** Calls `onNews` whenever the answer changes, or the failure does, until `unwatch`. */
  watch(onNews: () => void): void {
    this.#watchers.add(onNews)
  }

  unwatch(onNews: () => void): void {
    this.#watchers.delete(onNews)
  }

  /** It is not asked again. */
  close(): void {
    this.#isClosed = true
    this.#watchers.clear()
    clearTimeout(this.#timer)
  }

  async #attempt(): Promise<void> {
    const { found, failure } = this
    const nextInMs = await this.#ask(found).then(
      (answer) => this.#take(answer),
      (error) => this.#fail(noAnswer(error)),
    )
    if (this.#isClosed) return
    this.#timer = setTimeout(() => this.#attempt(), nextInMs)
    const hadAnswer = found !== undefined
    if (failure === undefined && this.failure !== undefined) this.#events.onFailing(this.failure, hadAnswer)
    if (failure !== undefined && this.failure === undefined) this.#events.onAnswered(hadAnswer)
    if (failure?.code === this.failure?.code && isDeepStrictEqual(found, this.found)) return
    for (const onNews of this.#watchers) onNews()
  }

  #take({ found, keepMs }: Answer<Found>): number {
    this.found = found
    this.failure = undefined
    this.#failures = 0
    this.#answeredMs = nowMs()
    return keepMs
  }

  #fail(failure: NoAnswer): number {
    this.failure = failure
    this.#failures += 1
    return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1))
  }
}
