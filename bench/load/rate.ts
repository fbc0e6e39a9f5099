import { createHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type HttpConnection, openMany } from './http-connection.ts'
import { Errors, type Load, type LoadSettings, latencyFigures, now } from './load.ts'
import { startPacer } from './pacer.ts'

const beatNs = 500_000

/**
 * Requests that are due at fixed times, whether or not earlier ones were answered (an open loop). The clock of each
 * starts when it was due, also while it waits for a free connection: a proxy that stalls pays for every request that it
 * delayed (no coordinated omission). How late this generator itself sent is a figure of its own.
 */
export const rateLoad = async ({ port, connections: count, rate = 1000 }: LoadSettings): Promise<Load> => {
  const errors = new Errors()
  const latency = createHistogram()
  const lateness = createHistogram()
  /** When each waiting request was due; taken from `head` on. */
  let waiting: number[] = []
  let head = 0
  let units = 0
  let due = 0

  const free: HttpConnection[] = await openMany(port, count, {
    answered: (connection, dueAt) => {
      units++
      latency.record(Math.max(1, now() - dueAt))
      const next = waiting[head]
      if (next === undefined) free.push(connection)
      else {
        head++
        connection.send(next)
      }
    },
    failed: (_connection, why) => errors.add(why),
  })

  const perBeat = (rate * beatNs) / 1e9
  let owed = 0
  const beat = (dueAt: number) => {
    lateness.record(Math.max(1, now() - dueAt))
    for (owed += perBeat; owed >= 1; owed--) {
      due++
      const connection = free.pop()
      if (connection) connection.send(dueAt)
      else waiting.push(dueAt)
    }
  }

  return {
    async run(seconds) {
      units = 0
      due = 0
      owed = 0
      waiting = []
      head = 0
      latency.reset()
      lateness.reset()
      const start = now()
      const stop = startPacer(beatNs, beat)
      await sleep(seconds * 1000)
      await stop()
      const elapsed = (now() - start) / 1e9
      for (let waitedMs = 0; units < due && waitedMs < 2000; waitedMs += 10) await sleep(10)
      // Requests that were never sent count with their present age: leaving them out would flatter the proxy.
      for (const dueAt of waiting.slice(head)) latency.record(now() - dueAt)
      return {
        units,
        seconds: elapsed,
        errors: errors.take(),
        figures: {
          ...latencyFigures(latency),
          generatorLateP99Us: lateness.count === 0 ? 0 : lateness.percentile(99) / 1000,
          unanswered: due - units,
        },
      }
    },
  }
}
