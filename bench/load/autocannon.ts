import { createRequire } from 'node:module'
import { answerBody } from './http.ts'
import { Errors, type Load, type LoadSettings } from './load.ts'

const require = createRequire(import.meta.url)

/** The part of autocannon (which has no types of its own) that is used here. */
interface AutocannonResult {
  requests: { total: number }
  duration: number
  errors: number
  timeouts: number
  mismatches: number
  non2xx: number
  latency: { p50: number; p99: number; p99_9: number }
}
type Autocannon = (options: Record<string, unknown>) => Promise<AutocannonResult>

/**
 * Keep-alive HTTP by the generator that Node people know; each body is compared. Its latencies are whole milliseconds.
 */
export const autocannonLoad = async ({ port, connections }: LoadSettings): Promise<Load> => {
  const autocannon = require('autocannon') as Autocannon
  const errors = new Errors()
  return {
    async run(seconds) {
      const result = await autocannon({
        url: `http://127.0.0.1:${port}/00000000`,
        connections,
        duration: Math.max(1, Math.round(seconds)),
        expectBody: answerBody,
      })
      for (const kind of ['errors', 'timeouts', 'mismatches', 'non2xx'] as const) {
        if (result[kind] > 0) errors.add(`autocannon: ${result[kind]} ${kind}`)
      }
      return { units: result.requests.total, seconds: result.duration, errors: errors.take(), figures: {} }
    },
  }
}
