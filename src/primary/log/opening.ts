import type { Logger } from 'pino'
import type { WorkerProcess } from '../workers/worker-process.ts'

/** Who has no worker's number. */
const PRIMARY = 0

/** Says truthfully how it went when every process was to open its log anew. */
export class LogOpening {
  readonly #logger: Logger
  /** Processes whose log is not open anew yet. */
  readonly #waiting = new Set<number>()
  #asked = ''

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** All processes are asked, by `asked`. A worker that starts opens the log as it is then. */
  begin(asked: string, workers: readonly Pick<WorkerProcess, 'id' | 'state'>[]): void {
    this.#asked = `${asked}: `
    this.#waiting.add(PRIMARY)
    for (const { id, state } of workers) if (state !== 'starting') this.#waiting.add(id)
  }

  /** A process has opened its log, or has not and tries again by itself. */
  answered(error: string | undefined, workerId = PRIMARY): void {
    if (error === undefined) {
      if (this.#waiting.delete(workerId)) this.#sayOnceAllHave()
      return
    }
    this.#waiting.add(workerId)
    const who = workerId === PRIMARY ? {} : { worker: workerId }
    this.#logger.error({ ...who, error }, `${this.#asked}a log cannot be opened; it is tried again every second`)
  }

  /** Workers may have ended without an answer: whoever takes their place opens the log anew anyway. */
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
