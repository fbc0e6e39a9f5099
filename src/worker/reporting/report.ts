import { createHistogram } from 'node:perf_hooks'
import process from 'node:process'
import { nowMs } from '../../clock.ts'
import { sendToPrimary } from '../../ipc/worker-channel.ts'
import { asReported } from '../../stats/totals.ts'
import type { Connections } from '../answers/connections.ts'
import type { WorkerCounts } from './worker-counts.ts'

/** How often what has changed is reported. The primary's copy is exact after two intervals. */
const EVERY_MS = 500
/** An idle worker still reports this often, as a sign of life; more often if it would be killed soon. */
const AT_LEAST_EVERY_MS = 2_000
const SIGNS_WITHIN_TIMEOUT = 4
/** Intervals covered by the percentile of the loop's delay: a minute. */
const DELAYS_KEPT = 120

/** Reading it opens a file in /proc: if no descriptor is left, the previous value is used. */
const residentMemory = (): (() => number) => {
  let bytes = 0
  return () => {
    try {
      bytes = process.memoryUsage.rss()
    } catch {
      // EMFILE, ENFILE. A worker that has no descriptor left goes on serving its connections.
    }
    return bytes
  }
}

/** The parts of a worker that are reported. */
export interface ReportedWorker {
  readonly counts: Pick<WorkerCounts, 'takeChanges'>
  readonly connections: Pick<Connections, 'lastEnded'>
}

/** Reports changed totals to the primary, from `start` to `stop`. */
export class Reporter {
  readonly #worker: ReportedWorker
  readonly #atLeastEveryMs: number
  readonly #delays = createHistogram()
  readonly #rssBytes = residentMemory()
  #sentMs = 0
  #expectedMs = 0
  #timer: NodeJS.Timeout | undefined

  /** @param timeoutMs the silence after which the primary kills this worker */
  constructor(worker: ReportedWorker, timeoutMs: number) {
    this.#worker = worker
    this.#atLeastEveryMs = Math.min(AT_LEAST_EVERY_MS, timeoutMs / SIGNS_WITHIN_TIMEOUT)
  }

  start(): void {
    this.#expectedMs = nowMs() + EVERY_MS
    this.report()
    this.#timer = setInterval(() => this.#look(), EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Reports now, if a total has changed or the last sign of life was long ago. */
  report(): void {
    const { changed, left } = this.#worker.counts.takeChanges()
    const hasNews = changed.length > 0 || left.length > 0
    if (!hasNews && nowMs() - this.#sentMs < this.#atLeastEveryMs) return
    this.#sentMs = nowMs()
    sendToPrimary({
      kind: 'report',
      changed: changed.map(asReported),
      left: left.map(asReported),
      ended: this.#worker.connections.lastEnded(),
      rssBytes: this.#rssBytes(),
      eventLoopDelayP99Ms: this.#delays.percentile(99),
    })
  }

  #look(): void {
    const now = nowMs()
    if (this.#delays.count > DELAYS_KEPT) this.#delays.reset()
    // The timer's own lateness is the loop's delay; a finer probe would keep waking an idle worker.
    this.#delays.record(Math.max(1, now - this.#expectedMs))
    this.#expectedMs = now + EVERY_MS
    this.report()
  }
}
