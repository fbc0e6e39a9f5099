import { createHistogram } from 'node:perf_hooks'
import process from 'node:process'
import { isDeepStrictEqual } from 'node:util'
import { nowMs } from '../../clock.ts'
import { sendToPrimary } from '../../ipc/worker-channel.ts'
import { type Entry, keyOf } from '../../stats/totals.ts'
import type { Connections } from '../answers/connections.ts'

/** How often the totals are checked for changes. The primary's copy is exact after two intervals. */
const EVERY_MS = 500
/** An idle worker still reports this often, as a sign of life. */
const AT_LEAST_EVERY_MS = 2_000
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
  totals(): readonly Entry[]
  readonly connections: Pick<Connections, 'lastEnded'>
}

/** Reports changed totals to the primary, from `start` to `stop`. */
export class Reporter {
  readonly #worker: ReportedWorker
  readonly #delays = createHistogram()
  readonly #rssBytes = residentMemory()
  /** The entries as they were last sent. */
  readonly #sent = new Map<string, Entry>()
  #sentMs = 0
  #expectedMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor(worker: ReportedWorker) {
    this.#worker = worker
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
    const entries = this.#changed()
    if (entries.length === 0 && nowMs() - this.#sentMs < AT_LEAST_EVERY_MS) return
    this.#sentMs = nowMs()
    const ended = this.#worker.connections.lastEnded()
    const eventLoopDelayP99Ms = this.#delays.percentile(99)
    sendToPrimary({ kind: 'report', entries, ended, rssBytes: this.#rssBytes(), eventLoopDelayP99Ms })
  }

  #look(): void {
    const now = nowMs()
    if (this.#delays.count > DELAYS_KEPT) this.#delays.reset()
    // The timer's own lateness is the loop's delay; a finer probe would keep waking an idle worker.
    this.#delays.record(Math.max(1, now - this.#expectedMs))
    this.#expectedMs = now + EVERY_MS
    this.report()
  }

  #changed(): Entry[] {
    return this.#worker.totals().filter((entry) => {
      const key = keyOf(entry)
      if (isDeepStrictEqual(this.#sent.get(key)?.counts, entry.counts)) return false
      this.#sent.set(key, structuredClone(entry))
      return true
    })
  }
}
