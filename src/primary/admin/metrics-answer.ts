import process from 'node:process'
import { isInRotation } from '../../serving/rotation.ts'
import type { ServingState } from '../../serving/state.ts'
import { type Family, familiesOf, type Sample } from '../../stats/prometheus.ts'
import type { Totals } from '../../stats/totals.ts'
import { openFilesOf } from '../../system/open-files.ts'
import { VERSION } from '../version.ts'
import type { WorkerProcess } from '../workers/worker-process.ts'

/** How long a server, listener or upstream that is not served any more is still shown. */
const SHOWN_AFTER_MS = 60 * 60 * 1_000

/** What is served, and what was until an hour ago: the labels of metrics stay bounded, whatever comes and goes. */
export class RecentNames {
  /** When each name was last seen in the state. */
  readonly #seenMs = new Map<string, number>()

  /** To be called now and then, and before `has`. */
  note({ listeners, upstreams }: ServingState, now: number): void {
    for (const listener of listeners.keys()) this.#seenMs.set(keyOf(listener), now)
    for (const [upstream, { servers }] of upstreams) {
      this.#seenMs.set(keyOf(upstream), now)
      for (const server of servers.keys()) this.#seenMs.set(keyOf(upstream, server), now)
    }
    for (const [key, seenMs] of this.#seenMs) if (now - seenMs > SHOWN_AFTER_MS) this.#seenMs.delete(key)
  }

  has(...names: readonly string[]): boolean {
    return this.#seenMs.has(keyOf(...names))
  }
}

const keyOf = (...names: readonly string[]): string => names.join('\n')

export interface MetricsParts {
  readonly state: ServingState
  readonly sum: Totals
  readonly names: RecentNames
  readonly workers: readonly WorkerProcess[]
  readonly logLinesLost: number
}

/** Everything that `GET /metrics` shows. */
export const metricFamilies = ({ state, sum, names, workers, logLinesLost }: MetricsParts): Family[] => [
  gauge('build_info', 'The version of copyloop and of Node.js; the value is always 1.', [
    { labels: { version: VERSION, node: process.version }, value: 1 },
  ]),
  ...familiesOf(
    sum.all().filter(({ scope, names: [name = '', inner = ''] }) => {
      if (scope === 'worker') return false
      return scope === 'server' ? names.has(name, inner) : names.has(name)
    }),
  ),
  gauge('server_up', 'Whether a server gets new connections: 1 or 0.', serversUp(state)),
  {
    name: 'log_lines_lost_total',
    type: 'counter',
    help: 'Log lines that could not be written.',
    samples: [{ labels: {}, value: logLinesLost }],
  },
  gauge('state_version', 'The version of the serving state, which counts its changes.', [
    { labels: {}, value: state.version },
  ]),
  {
    name: 'worker_event_loop_delay_seconds',
    // Quantiles as gauges would fail `promtool check metrics`.
    type: 'summary',
    help: 'How late the event loop of a worker was, over the last minute.',
    samples: workers.map(({ id, eventLoopDelayP99Ms }) => ({
      labels: { worker: String(id), quantile: '0.99' },
      value: eventLoopDelayP99Ms / 1_000,
    })),
  },
  gauge(
    'worker_resident_memory_bytes',
    'Resident memory of a worker.',
    workers.map(({ id, rssBytes }) => ({ labels: { worker: String(id) }, value: rssBytes })),
  ),
  gauge('worker_open_fds', 'Open file descriptors of a worker.', workers.flatMap(openFiles)),
]

const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  type: 'gauge',
  help,
  samples,
})

const serversUp = ({ upstreams }: ServingState): Sample[] =>
  [...upstreams].flatMap(([upstream, { servers }]) =>
    [...servers].map(([server, state]) => ({ labels: { upstream, server }, value: isInRotation(state) ? 1 : 0 })),
  )

const openFiles = ({ id, pid }: WorkerProcess): Sample[] => {
  const value = openFilesOf(pid)
  return value === undefined ? [] : [{ labels: { worker: String(id) }, value }]
}
