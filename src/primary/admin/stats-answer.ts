import { formatAddress } from '../../config/fields/address.ts'
import type { Config, EngineName } from '../../config/schema.ts'
import type { InspectorCounts } from '../../stats/inspector-counts.ts'
import {
  type ConnectionCounts,
  noConnections,
  noServerCounts,
  type ServerCounts,
  type WorkerTotals,
} from '../../stats/totals.ts'
import { addConnections, own } from '../counts.ts'
import type { WorkerState } from '../workers/worker-process.ts'

/** What `GET /stats` answers. */
export interface Stats {
  readonly version: string
  readonly uptimeSeconds: number
  readonly draining: boolean
  /** What all workers relay with, `mixed` when they differ; null until the first worker serves. */
  readonly engine: EngineName | 'mixed' | null
  /** Lines of the log, of all processes: the disk was full, or the reader stuck. */
  readonly logLinesLost: number
  readonly totals: ConnectionCounts
  /** `inspectors` only where the listener has some. */
  readonly listeners: Record<string, ConnectionCounts & { inspectors?: Record<string, InspectorCounts> }>
  readonly upstreams: Record<string, { servers: Record<string, { state: 'up' } & ServerCounts> }>
  readonly workers: readonly WorkerStats[]
}

interface WorkerStats {
  readonly id: number
  readonly pid: number
  readonly state: WorkerState
  readonly engine: EngineName | null
  readonly connectionsActive: number
  readonly rssBytes: number
  readonly eventLoopDelayP99Ms: number
}

/** @param last what was relayed with before, for while no worker serves */
export const engineOf = (workers: readonly Pick<WorkerStats, 'engine'>[], last: EngineName | null): Stats['engine'] => {
  const [engine = last, ...others] = new Set(workers.flatMap(({ engine }) => engine ?? []))
  return others.length > 0 ? 'mixed' : engine
}

/** The part of `/stats` that counts: every listener and server of the config, also those that nobody has used. */
export const countsByName = (config: Config, sum: WorkerTotals): Pick<Stats, 'totals' | 'listeners' | 'upstreams'> => {
  const totals = noConnections()
  for (const counts of Object.values(sum.listeners)) addConnections(totals, counts)
  return {
    totals,
    listeners: Object.fromEntries(
      config.listeners.map(({ name }) => {
        const inspectors = own(sum.inspectors ?? {}, name)
        return [name, { ...(own(sum.listeners, name) ?? noConnections()), ...(inspectors && { inspectors }) }]
      }),
    ),
    upstreams: Object.fromEntries(
      config.upstreams.map(({ name, servers }) => [
        name,
        {
          servers: serverStats(
            servers.map(({ address }) => formatAddress(address)),
            own(sum.servers, name) ?? {},
          ),
        },
      ]),
    ),
  }
}

const serverStats = (names: readonly string[], counts: Record<string, ServerCounts>) =>
  Object.fromEntries(names.map((name) => [name, { state: 'up' as const, ...(own(counts, name) ?? noServerCounts()) }]))
