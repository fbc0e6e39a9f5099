import type { Logger } from 'pino'
import type { WorkerProcess } from '../workers/worker-process.ts'

/** The primary's id among those of the workers. */
const PRIMARY = 0

/** Logs whether every process has reopened its log. */
export class LogOpening {
  readonly #logger: Logger
  /** Processes that have not reopened their log yet. */
  readonly #waiting = new Set<number>()
  #asked = ''

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** All processes were asked to reopen their log, by `asked` (a signal, or a request). A worker that starts later opens the new file anyway. */
  begin(asked: string, workers: readonly Pick<WorkerProcess, 'id' | 'state'>[]): void {
    this.#asked = `${asked}: `
    this.#waiting.add(PRIMARY)
    for (const { id, state } of workers) if (state !== 'starting') this.#waiting.add(id)
  }

  /** Whether every process has. */
  get isDone(): boolean {
    return this.#waiting.size === 0
  }

  /** A process has opened its log, or has failed and tries again by itself. */
  answered(error: string | undefined, workerId = PRIMARY): void {
    if (error === undefined) {
      if (this.#waiting.delete(workerId)) this.#sayOnceAllHave()
      return
    }
    this.#waiting.add(workerId)
    const who = workerId === PRIMARY ? {} : { worker: workerId }
    this.#logger.error({ ...who, error }, `${this.#asked}a log cannot be opened; it is tried again every second`)
  }

  /** Forgets workers that have ended without an answer: their replacements open the new file anyway. */
  look(workers: readonly Pick<WorkerProcess, 'id'>[]): void {
    if (this.#waiting.size === 0) return
    const living = new Set([PRIMARY, ...workers.map(({ id }) => id)])
    for (const id of this.#waiting) if (!living.has(id)) this.#waiting.delete(id)
    this.#sayOnceAllHave()
  }

  #sayOnceAllHave(): void {
    if (this.#waiting.size > 0) return
    this.#logger.info(`${this.#asked}logs reopened`)
    this.#asked = ''
  }
}
