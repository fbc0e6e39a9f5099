import type { WorkerProcess } from './worker-process.ts'

/** Node's timers hold no more; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Kills workers that have not ended in time. A later call replaces the deadline. */
export class KillDeadline {
  readonly #workers: () => readonly WorkerProcess[]
  #timer: NodeJS.Timeout | undefined

  constructor(workers: () => readonly WorkerProcess[]) {
    this.#workers = workers
  }

  setIn(ms: number): void {
    this.clear()
    this.#timer = setTimeout(
      () => {
        for (const worker of this.#workers()) worker.kill()
      },
      Math.min(ms, LONGEST_TIMER_MS),
    )
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
