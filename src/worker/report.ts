import { createHistogram } from 'node:perf_hooks'
import process from 'node:process'
import { isDeepStrictEqual } from 'node:util'
import { nowMs } from '../clock.ts'
import { sendToPrimary } from '../ipc/worker-channel.ts'
import type { WorkerTotals } from '../stats/totals.ts'

/** How often the totals are looked at. They are exact in the primary after two of these. */
const EVERY_MS = 500
/** An idle worker reports only as a sign of life. */
const AT_LEAST_EVERY_MS = 2_000
/** So many intervals back reaches the percentile of the loop's delay: a minute. */
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

/** Reports totals to the primary until the answer is called. */
export const startReporting = (totals: () => WorkerTotals): (() => void) => {
  const delays = createHistogram()
  const rssBytes = residentMemory()
  let last: WorkerTotals | undefined
  let sentMs = 0
  let expectedMs = nowMs() + EVERY_MS
  const report = (): void => {
    const now = nowMs()
    // The timer's own lateness is the loop's delay; a finer probe would wake an idle worker all the time.
    delays.record(Math.max(1, now - expectedMs))
    expectedMs = now + EVERY_MS
    const current = totals()
    if (isDeepStrictEqual(current, last) && now - sentMs < AT_LEAST_EVERY_MS) return
    last = current
    sentMs = now
    const eventLoopDelayP99Ms = delays.percentile(99)
    if (delays.count > DELAYS_KEPT) delays.reset()
    sendToPrimary({ kind: 'report', totals: current, rssBytes: rssBytes(), eventLoopDelayP99Ms })
  }
  report()
  const timer = setInterval(report, EVERY_MS)
  return () => clearInterval(timer)
}
