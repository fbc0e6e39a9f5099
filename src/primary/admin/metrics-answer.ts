import process from 'node:process'
import { isInRotation } from '../../serving/rotation.ts'
import type { ServingState } from '../../serving/state.ts'
import { OTHER_FAMILIES } from '../../stats/other-families.ts'
import { type Family, familiesOf, type Sample } from '../../stats/prometheus.ts'
import type { Totals } from '../../stats/totals.ts'
import { openFilesLimitOf, openFilesOf } from '../../system/open-files.ts'
import type { RecentNames } from '../recent-names.ts'
import { VERSION } from '../version.ts'
import type { WorkerProcess } from '../workers/worker-process.ts'
import type { Stats } from './stats-answer.ts'

export interface MetricsParts {
  readonly state: ServingState
  /** What is served and has no counts yet gets them here. */
  readonly sum: Totals
  readonly recentNames: RecentNames
  readonly workers: readonly WorkerProcess[]
  readonly reloads: Stats['reloads']
  readonly logLinesLost: number
}

/** Everything that `GET /metrics` shows. */
export const metricFamilies = ({ state, sum, recentNames, workers, reloads, logLinesLost }: MetricsParts): Family[] => {
  countServed(state, sum)
  return [
    ...familiesOf(sum.all().filter((entry) => recentNames.has(entry))),
    family('server_up', serversUp(state)),
    family('server_state', serverStates(state)),
    family('state_version', [{ labels: {}, value: state.version }]),
    family(
      'reloads_total',
      Object.entries(reloads).map(([result, value]) => ({ labels: { result }, value })),
    ),
    family('log_lines_lost_total', [{ labels: {}, value: logLinesLost }]),
    family('worker_event_loop_delay_seconds', loopDelays(workers)),
    family(
      'worker_resident_memory_bytes',
      ofEach(workers, ({ rssBytes }) => rssBytes),
    ),
    family(
      'worker_open_fds',
      ofEach(workers, ({ pid }) => openFilesOf(pid)),
    ),
    family(
      'worker_max_fds',
      ofEach(workers, ({ pid }) => openFilesLimitOf(pid)),
    ),
    family('build_info', [{ labels: { version: VERSION, node: process.version }, value: 1 }]),
  ]
}

/** What has not been used yet has its counts of 0: else `increase()` in Prometheus would miss the first of each. */
const countServed = ({ listeners, upstreams }: ServingState, sum: Totals): void => {
  sum.entry('worker')
  for (const listener of listeners.keys()) sum.entry('listener', listener)
  for (const [upstream, { servers }] of upstreams) {
    sum.entry('upstream', upstream)
    for (const server of servers.keys()) sum.entry('server', upstream, server)
  }
}

const family = (name: keyof typeof OTHER_FAMILIES, samples: readonly Sample[]): Family => {
  const { type, help } = OTHER_FAMILIES[name]
  return { name, type, help, samples }
}

const loopDelays = (workers: readonly WorkerProcess[]): Sample[] =>
  workers.map(({ id, eventLoopDelayP99Ms }) => ({
    labels: { worker: String(id), quantile: '0.99' },
    value: eventLoopDelayP99Ms / 1_000,
  }))

/** @param look returns undefined where it is not known */
const ofEach = (workers: readonly WorkerProcess[], look: (worker: WorkerProcess) => number | undefined): Sample[] =>
  workers.flatMap((worker) => {
    const value = look(worker)
    return value === undefined ? [] : [{ labels: { worker: String(worker.id) }, value }]
  })

const serversUp = ({ upstreams }: ServingState): Sample[] =>
  [...upstreams].flatMap(([upstream, { servers }]) =>
    [...servers].map(([server, state]) => ({ labels: { upstream, server }, value: isInRotation(state) ? 1 : 0 })),
  )

const serverStates = ({ upstreams }: ServingState): Sample[] =>
  [...upstreams].flatMap(([upstream, { servers }]) =>
    [...servers].map(([server, { state }]) => ({ labels: { upstream, server, state }, value: 1 })),
  )
