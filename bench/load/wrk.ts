import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Load, LoadSettings } from './load.ts'

const execute = promisify(execFile)

/** Keep-alive HTTP by wrk: the cheapest generator here. It checks status codes and sockets, not bodies. */
export const wrkLoad = async ({ port, connections }: LoadSettings): Promise<Load> => {
  return {
    async run(seconds) {
      const whole = Math.max(1, Math.round(seconds))
      const args = ['-t1', `-c${connections}`, `-d${whole}s`, '--latency', `http://127.0.0.1:${port}/00000000`]
      const { stdout } = await execute('wrk', args)
      return parseWrk(stdout)
    },
  }
}

/** Reads wrk's report. */
export const parseWrk = (report: string): Awaited<ReturnType<Load['run']>> => {
  const totals = /(\d+) requests in ([\d.]+)(ms|s|m)/.exec(report)
  if (!totals) return { units: 0, seconds: 0, errors: ['wrk said nothing that can be read'], figures: {} }
  const errors = [...report.matchAll(/(Socket errors: .*|Non-2xx or 3xx responses: .*)/g)].map(
    (match) => `wrk: ${match[0]}`,
  )
  const figures: Record<string, number> = {}
  for (const [name, percent] of [
    ['p50Us', '50'],
    ['p99Us', '99'],
  ] as const) {
    const match = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(report)
    if (match) figures[name] = Number(match[1]) * (match[2] === 'us' ? 1 : match[2] === 'ms' ? 1e3 : 1e6)
  }
  const scale = totals[3] === 'ms' ? 1e-3 : totals[3] === 's' ? 1 : 60
  return { units: Number(totals[1]), seconds: Number(totals[2]) * scale, errors, figures }
}
