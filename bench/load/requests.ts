import { createHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { openMany } from './http-connection.ts'
import { Errors, type Load, type LoadSettings, latencyFigures, now } from './load.ts'

/** Keep-alive HTTP, as fast as it goes: each connection asks again when it has its answer. */
export const requestsLoad = async ({ port, connections: count }: LoadSettings): Promise<Load> => {
  const errors = new Errors()
  const latency = createHistogram()
  let running = false
  let inFlight = 0
  let units = 0

  const connections = await openMany(port, count, {
    answered: (connection, startedAt) => {
      const at = now()
      units++
      latency.record(Math.max(1, at - startedAt))
      if (running) connection.send(at)
      else inFlight--
    },
    failed: (_connection, why) => errors.add(why),
  })

  return {
    async run(seconds) {
      units = 0
      latency.reset()
      running = true
      const start = now()
      inFlight = connections.length
      for (const connection of connections) connection.send()
      await sleep(seconds * 1000)
      running = false
      const elapsed = (now() - start) / 1e9
      for (let waitedMs = 0; inFlight > 0 && waitedMs < 2000; waitedMs += 10) await sleep(10)
      if (inFlight > 0) errors.add(`${inFlight} requests without an answer`)
      return { units, seconds: elapsed, errors: errors.take(), figures: latencyFigures(latency) }
    },
  }
}
