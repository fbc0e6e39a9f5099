import type { Replaced } from '../workers/replacing/replacement.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { Reload, ReloadAnswer } from './reload.ts'

/** What a reload has answered, and what became of the workers: nothing if the config was refused. */
export type ReloadWithWorkers = ReloadAnswer & {
  readonly workers?: Pick<Replaced, 'replaced'>
  /** Why not all workers were replaced. */
  readonly error?: string
}

/** Applies the config, and then has new processes serve it: one such request at a time. */
export class WorkerReload {
  readonly #reload: Pick<Reload, 'apply'>
  readonly #supervisor: Pick<Supervisor, 'replaceWorkers'>
  #isUnderWay = false

  constructor(reload: Pick<Reload, 'apply'>, supervisor: Pick<Supervisor, 'replaceWorkers'>) {
    this.#reload = reload
    this.#supervisor = supervisor
  }

  /**
   * Resolves once the new workers serve; the old ones may still drain.
   *
   * @param asked by what, for the log
   * @returns undefined if another one is under way: nothing was done then
   */
  async apply(asked: string): Promise<ReloadWithWorkers | undefined> {
    if (this.#isUnderWay) return undefined
    this.#isUnderWay = true
    try {
      const answer = await this.#reload.apply(asked)
      if (!answer.applied) return answer
      const { replaced, failure } = await this.#supervisor.replaceWorkers()
      return { ...answer, workers: { replaced }, ...(failure !== undefined && { error: notAll(replaced, failure) }) }
    } finally {
      this.#isUnderWay = false
    }
  }
}

const notAll = (replaced: number, failure: string): string =>
  `the config is applied, but ${replaced === 0 ? 'no worker was' : `only ${replaced} ${replaced === 1 ? 'worker was' : 'workers were'}`} replaced: ${failure}`
