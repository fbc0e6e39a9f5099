import type { Logger } from 'pino'
import { nowMs } from '../../../clock.ts'
import type { Slot } from '../slot.ts'
import { sayAboveAgain, sayAboveMemory } from '../worker-news.ts'
import type { WorkerProcess } from '../worker-process.ts'
import type { Replacement } from './replacement.ts'

/** So many reports in a row must be above the limit, each so long after the one before: a spike is no reason. */
const REPORTS = 3
const APART_MS = 400
/** A place gets a new worker at most this often: one that is above the limit at once would be replaced for ever. */
const ONCE_IN_MS = 60_000

/** The reports of a worker that were above the limit, without one below it since. */
interface Above {
  reports: number
  lastMs: number
}

/** The last time that a worker of a place was above the limit for long enough. */
interface Noticed {
  readonly worker: WorkerProcess
  readonly atMs: number
  /** That its successor is above the limit as well was said. */
  isSaid: boolean
}

export interface MemoryWatchEvents<Place> {
  /** In bytes of resident memory; Infinity for none. */
  limit(): number
  /** The worker has been above the limit for several reports. */
  onAbove(place: Place, worker: WorkerProcess): void
  /** The worker that has taken its place is above it as well, so soon that it stays. */
  onAboveAgain(worker: WorkerProcess, afterMs: number): void
}

/** Notices workers that have too much memory, by what they report. */
export class MemoryWatch<Place extends object> {
  readonly #events: MemoryWatchEvents<Place>
  readonly #above = new WeakMap<WorkerProcess, Above>()
  readonly #noticed = new WeakMap<Place, Noticed>()

  constructor(events: MemoryWatchEvents<Place>) {
    this.#events = events
  }

  /** A worker has reported what it has. @param place whose worker it is */
  reported(place: Place, worker: WorkerProcess): void {
    if (worker.rssBytes <= this.#events.limit()) return void this.#above.delete(worker)
    if (!this.#isAboveForLong(worker)) return
    const now = nowMs()
    const before = this.#noticed.get(place)
    if (before === undefined || now - before.atMs >= ONCE_IN_MS) {
      this.#noticed.set(place, { worker, atMs: now, isSaid: false })
      this.#events.onAbove(place, worker)
    } else if (before.worker !== worker && !before.isSaid) {
      before.isSaid = true
      this.#events.onAboveAgain(worker, now - before.atMs)
    }
  }

  #isAboveForLong(worker: WorkerProcess): boolean {
    const now = nowMs()
    const above = this.#above.get(worker)
    if (above === undefined) this.#above.set(worker, { reports: 1, lastMs: now })
    else if (now - above.lastMs >= APART_MS) {
      above.reports += 1
      above.lastMs = now
    }
    return (above?.reports ?? 1) >= REPORTS
  }
}

/** Replaces workers above the limit. */
export const watchMemory = (
  replacement: Pick<Replacement, 'one'>,
  limit: () => number,
  logger: Logger,
): MemoryWatch<Slot> =>
  new MemoryWatch({
    limit,
    onAbove: (_slot, worker) => {
      sayAboveMemory(logger, worker, limit())
      void replacement.one(worker)
    },
    onAboveAgain: (worker, afterMs) => sayAboveAgain(logger, worker, limit(), afterMs),
  })
