import { createHistogram } from 'node:perf_hooks'
import { Errors, type Load, type LoadSettings, latencyFigures, now } from './load.ts'
import { TransferConnection } from './transfer-connection.ts'

const pongBytes = 64

/** Small questions and answers, one at a time on each connection; every round trip is timed. */
export const pingpongLoad = async ({ port, connections: count }: LoadSettings): Promise<Load> => {
  const errors = new Errors()
  const latency = createHistogram()
  const connections = await Promise.all(Array.from({ length: count }, () => TransferConnection.open(port, 4096)))

  return {
    async run(seconds) {
      latency.reset()
      const start = now()
      const until = start + seconds * 1e9
      let units = 0
      const play = async (connection: TransferConnection) => {
        for (let at = now(); at < until; units++) {
          await connection.transfer(0, pongBytes, units % 60_000)
          const after = now()
          latency.record(Math.max(1, after - at))
          at = after
        }
      }
      const results = await Promise.allSettled(connections.map(play))
      for (const result of results) if (result.status === 'rejected') errors.add(String(result.reason))
      return { units, seconds: (now() - start) / 1e9, errors: errors.take(), figures: latencyFigures(latency) }
    },
  }
}
