import type { Batch } from '../shared/batch.ts'
import { ALL_GO_ON, type Answer, type Notice } from '../shared/messages.ts'
import type { Progress } from '../shared/progress.ts'
import { Chain } from './chain.ts'
import type { ConfiguredInspector } from './chain-link.ts'

/** The inspectors of a set, by listener. */
export type ListenerInspectors = ReadonlyMap<string, readonly ConfiguredInspector[]>

/** The chains of the connections of this thread. */
export class Chains {
  /** The sets that are loaded, by number. */
  readonly sets = new Map<number, ListenerInspectors>()
  readonly #chains = new Map<number, Chain>()
  readonly #batch: Batch
  readonly #progress: Progress

  constructor(batch: Batch, progress: Progress) {
    this.#batch = batch
    this.#progress = progress
  }

  /** Answers what the batch holds. `notices` are those among its requests, in order. */
  answerBatch(notices: readonly Notice[]): Answer[] {
    const answers: Answer[] = []
    let noticesTaken = 0
    for (let index = 0; index < this.#batch.length; index++) {
      this.#progress.beginRequest(index + 1)
      const notice = this.#batch.kindAt(index) === 'notice' ? notices[noticesTaken++] : undefined
      if (notice) this.#take(notice)
      answers.push(notice ? ALL_GO_ON : this.#judge(index))
    }
    this.#progress.end()
    return answers
  }

  #judge(index: number): Answer {
    const batch = this.#batch
    const chain = this.#chains.get(batch.connectionAt(index))
    if (chain === undefined) throw new Error('a connection was not opened')
    const direction = batch.directionAt(index)
    return batch.kindAt(index) === 'chunk' ? chain.chunk(direction, batch.bytesAt(index)) : chain.end(direction)
  }

  #take(notice: Notice): void {
    switch (notice.kind) {
      case 'open':
        return this.#open(notice)
      case 'close':
        this.#chains.get(notice.connection)?.close(notice.summary)
        this.#chains.delete(notice.connection)
        return
      case 'unload':
        this.sets.delete(notice.setNumber)
    }
  }

  #open({ connection, setNumber, info }: Notice & { kind: 'open' }): void {
    const inspectors = this.sets.get(setNumber)?.get(info.listener)
    if (inspectors === undefined) throw new Error('a connection began with inspectors that were not loaded')
    this.#chains.set(connection, new Chain(inspectors, info, this.#progress))
  }
}
