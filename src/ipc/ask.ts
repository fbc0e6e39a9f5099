/** Questions go across: the primary asks workers, and gets the answers that arrive by a deadline. */
import type { ToPrimary, ToWorker } from './messages.ts'
import { type AnswerPart, type Ask, QUESTIONS, type QuestionName, type QuestionSubjects } from './questions.ts'

/** A worker that can be asked. */
export interface AskedWorker {
  readonly id: number
  send(message: ToWorker): void
}

/** The answers that arrived by the deadline. */
export interface Answers<Name extends QuestionName> {
  /** The parts from all workers, including those that had not finished. */
  readonly parts: readonly { readonly worker: number; readonly part: AnswerPart<Name> }[]
  /** The workers that did not answer completely: if there are any, the answer is partial. */
  readonly missing: readonly number[]
}

/** A slice of an answer. */
export type AnswerMessage = Extract<ToPrimary, { kind: 'answer' }>

interface OpenQuestion {
  readonly name: QuestionName
  /** The workers that may still answer. */
  readonly awaited: Set<number>
  /** The workers that have not answered completely, awaited or not. */
  readonly missing: Set<number>
  readonly parts: { worker: number; part: unknown }[]
  answer(): void
}

/** Asks questions, and holds those that are not answered yet. */
export class Asker {
  readonly #open = new Map<number, OpenQuestion>()
  #last = 0

  /**
   * Resolves when every worker has answered or is gone, or when `withinMs` have passed. Never rejects.
   *
   * @param about what the question is about
   */
  ask<Name extends QuestionName>(
    workers: readonly AskedWorker[],
    name: Name,
    withinMs: number,
    about: QuestionSubjects[Name],
  ): Promise<Answers<Name>> {
    if (workers.length === 0) return Promise.resolve({ parts: [], missing: [] })
    const question = ++this.#last
    return new Promise((resolve) => {
      const answer = (): void => {
        clearTimeout(deadline)
        this.#open.delete(question)
        // Each part was checked by the schema of its question.
        resolve({ parts: open.parts as Answers<Name>['parts'], missing: [...open.missing] })
      }
      const asked = workers.map(({ id }) => id)
      const open: OpenQuestion = { name, awaited: new Set(asked), missing: new Set(asked), parts: [], answer }
      const deadline = setTimeout(answer, withinMs)
      this.#open.set(question, open)
      for (const worker of workers) worker.send({ kind: 'ask', question, name, about } as Ask)
    })
  }

  /** Takes a slice of an answer. A late slice, or one for no open question, is ignored. */
  take(worker: number, { question, parts, last }: AnswerMessage): void {
    const open = this.#open.get(question)
    if (open === undefined || !open.awaited.has(worker)) return
    const { part: schema } = QUESTIONS[open.name]
    for (const raw of parts) {
      const { success, data } = schema.safeParse(raw)
      // A malformed answer counts as none.
      if (!success) return this.#awaitNoMore(open, worker)
      open.parts.push({ worker, part: data })
    }
    if (!last) return
    open.missing.delete(worker)
    this.#awaitNoMore(open, worker)
  }

  /** The worker is gone: no question waits for it any longer. */
  ended(worker: number): void {
    for (const open of this.#open.values()) this.#awaitNoMore(open, worker)
  }

  #awaitNoMore(open: OpenQuestion, worker: number): void {
    if (open.awaited.delete(worker) && open.awaited.size === 0) open.answer()
  }
}
