import type { WorkerProcess } from './worker-process.ts'

/** Kills workers that have not ended in time. A later call replaces the deadline. */
export class KillDeadline {
  readonly #workers: () => readonly WorkerProcess[]
  #timer: NodeJS.Timeout | undefined

  constructor(workers: () => readonly WorkerProcess[]) {
    this.#workers = workers
  }

  setIn(ms: number): void {
    this.clear()
    this.#timer = setTimeout(() => {
      for (const worker of this.#workers()) worker.kill()
    }, ms)
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
