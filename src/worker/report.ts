import { createHistogram } from 'node:perf_hooks'
import process from 'node:process'
import { isDeepStrictEqual } from 'node:util'
import { nowMs } from '../clock.ts'
import { sendToPrimary } from '../ipc/worker-channel.ts'
import { type Entry, keyOf } from '../stats/totals.ts'

/** How often the totals are looked at. They are exact in the primary after two of these. */
const EVERY_MS = 500
/** An idle worker reports only as a sign of life. */
const AT_LEAST_EVERY_MS = 2_000
/** Intervals covered by the percentile of the loop's delay: a minute. */
const DELAYS_KEPT = 120

/** Reading it opens a file of /proc: without descriptors there is only what it was before. */
const residentMemory = (): (() => number) => {
  let bytes = 0
  return () => {
    try {
      bytes = process.memoryUsage.rss()
    } catch {
      // EMFILE, ENFILE. A worker that has no descriptor left goes on serving those it has.
    }
    return bytes
  }
}

/** Reports to the primary what has changed in the totals, from `start` to `stop`. */
export class Reporter {
  readonly #totals: () => readonly Entry[]
  readonly #delays = createHistogram()
  readonly #rssBytes = residentMemory()
  /** The entries as they were last sent. */
  readonly #sent = new Map<string, Entry>()
  #sentMs = 0
  #expectedMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor(totals: () => readonly Entry[]) {
    this.#totals = totals
  }

  start(): void {
    this.#expectedMs = nowMs() + EVERY_MS
    this.report()
    this.#timer = setInterval(() => this.#look(), EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Reports now, if anything has changed or the last sign of life is long ago. */
  report(): void {
    const entries = this.#changed()
    if (entries.length === 0 && nowMs() - this.#sentMs < AT_LEAST_EVERY_MS) return
    this.#sentMs = nowMs()
    const eventLoopDelayP99Ms = this.#delays.percentile(99)
    sendToPrimary({ kind: 'report', entries, rssBytes: this.#rssBytes(), eventLoopDelayP99Ms })
  }

  #look(): void {
    const now = nowMs()
    if (this.#delays.count > DELAYS_KEPT) this.#delays.reset()
    // The timer's own lateness is the loop's delay; a finer probe would wake an idle worker all the time.
    this.#delays.record(Math.max(1, now - this.#expectedMs))
    this.#expectedMs = now + EVERY_MS
    this.report()
  }

  #changed(): Entry[] {
    return this.#totals().filter((entry) => {
      const key = keyOf(entry)
      if (isDeepStrictEqual(this.#sent.get(key)?.counts, entry.counts)) return false
      this.#sent.set(key, structuredClone(entry))
      return true
    })
  }
}
