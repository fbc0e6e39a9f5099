import { type QuestionEvents, RepeatedQuestion } from './repeated-question.ts'
import { findAddresses } from './resolve/find-addresses.ts'

/** A question for the addresses of a host. */
export type HostQuestion = RepeatedQuestion<readonly string[]>

/** The questions for the addresses of hosts: one for each host, however many servers have it. */
export class HostQuestions {
  readonly #eventsOf: (host: string) => QuestionEvents
  readonly #questions = new Map<string, HostQuestion>()

  constructor(eventsOf: (host: string) => QuestionEvents) {
    this.#eventsOf = eventsOf
  }

  /** The question for the addresses of a host, which is asked from now on until nobody watches it. */
  watch(host: string, onNews: () => void): HostQuestion {
    const question =
      this.#questions.get(host) ?? new RepeatedQuestion((last) => findAddresses(host, last), this.#eventsOf(host))
    this.#questions.set(host, question)
    question.watch(onNews)
    return question
  }

  unwatch(host: string, onNews: () => void): void {
    const question = this.#questions.get(host)
    question?.unwatch(onNews)
    if (question === undefined || question.isWatched) return
    question.close()
    this.#questions.delete(host)
  }
}

/** Resolves once each was asked, be there an answer or not. */
export const allSettled = (hosts: ReadonlyMap<string, HostQuestion>): Promise<unknown> =>
  Promise.all([...hosts.values()].map(({ settled }) => settled))

/** Resolves with `settled`, which never rejects, but after `ms` at the latest. */
export const settledWithin = (ms: number, settled: Promise<unknown>): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    void settled.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
