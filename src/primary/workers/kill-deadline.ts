import type { WorkerProcess } from './worker-process.ts'

/** When workers that should have left are killed. A later call sets it anew. */
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
