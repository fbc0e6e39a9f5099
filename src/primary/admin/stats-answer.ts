import type { EngineName } from '../../config/schema.ts'
import { isInRotation } from '../../serving/rotation.ts'
import type { ServerState, ServerStateName, ServingState } from '../../serving/state.ts'
import { addCounts, noCounts, shownCounts } from '../../stats/counts.ts'
import type { ShownCounts } from '../../stats/metrics.ts'
import type { Totals } from '../../stats/totals.ts'
import type { Discovery } from '../names/discovery.ts'
import type { WorkerState } from '../workers/worker-process.ts'

/** The body of `GET /stats`. */
export interface Stats {
  readonly version: string
  readonly uptimeSeconds: number
  readonly draining: boolean
  /** The engine of all workers, `mixed` if they differ; null until the first worker serves. */
  readonly engine: EngineName | 'mixed' | null
  /** The version of the serving state. */
  readonly stateVersion: number
  /** Configs that were applied while copyloop runs, and those that were refused because something was wrong. */
  readonly reloads: { readonly applied: number; readonly refused: number }
  /** Log lines that all processes have lost: the disk was full, or the reader was stuck. */
  readonly logLinesLost: number
  readonly totals: ShownCounts<'listener'>
  /** `inspectors` only if the listener has some. */
  readonly listeners: Record<
    string,
    ShownCounts<'listener'> & { inspectors?: Record<string, ShownCounts<'inspector'>> }
  >
  readonly upstreams: Record<string, UpstreamStats>
  readonly workers: readonly WorkerStats[]
}

interface UpstreamStats extends ShownCounts<'upstream'> {
  /** Only if it has names. */
  readonly discovery?: Discovery
  readonly servers: Record<string, ServerStats>
}

interface ServerStats extends ShownCounts<'server'> {
  readonly state: ServerStateName
  /** Why it is in this state. */
  readonly stateReason: string
  /** How long the last check took; null before the first, and where there are none. */
  readonly lastCheckMs: number | null
  /** For how long it has been ejected; null if it is not. */
  readonly ejectedForMs: number | null
  readonly weight: number
  /** It gets connections only for lack of others. */
  readonly backup: boolean
  /** Null for no limit. */
  readonly maxConnections: number | null
  /** The clients that it will get when it has room, if no other server has: those of its upstream. */
  readonly queued: number
}

/** What the primary knows of a server beside its counts. */
export type StateFacts = Pick<ServerStats, 'stateReason' | 'lastCheckMs' | 'ejectedForMs'>

interface WorkerStats {
  readonly id: number
  readonly pid: number
  readonly state: WorkerState
  readonly engine: EngineName | null
  /** The version that it last reported; 0 before its first report. */
  readonly stateVersion: number
  readonly connectionsActive: number
  readonly rssBytes: number
  readonly eventLoopDelayP99Ms: number
}

/** @param last the engine before, used while no worker serves */
export const engineOf = (workers: readonly Pick<WorkerStats, 'engine'>[], last: EngineName | null): Stats['engine'] => {
  const [engine = last, ...others] = new Set(workers.flatMap(({ engine }) => engine ?? []))
  return others.length > 0 ? 'mixed' : engine
}

/** What the primary has learnt of upstreams and servers. */
interface Learnt {
  factsOf(upstream: string, server: string): StateFacts
  discoveryOf(upstream: string): Discovery | undefined
}

/** The counts in `/stats`: every listener and server of the state, including those without connections. */
export const countsByName = (
  { listeners, upstreams }: ServingState,
  sum: Totals,
  { factsOf, discoveryOf }: Learnt,
): Pick<Stats, 'totals' | 'listeners' | 'upstreams'> => {
  const totals = noCounts('listener')
  for (const { counts } of sum.entries('listener')) addCounts('listener', totals, counts)
  return {
    totals: shownCounts('listener', totals),
    listeners: Object.fromEntries(
      [...listeners.keys()].map((name) => {
        const inspectors = Object.fromEntries(
          sum.entries('inspector', name).map(({ names, counts }) => [names[1] ?? '', shownCounts('inspector', counts)]),
        )
        const some = Object.keys(inspectors).length > 0
        return [name, { ...shownCounts('listener', sum.of('listener', name)), ...(some && { inspectors }) }]
      }),
    ),
    upstreams: Object.fromEntries(
      [...upstreams].map(([upstream, { servers }]) => {
        const counts = shownCounts('upstream', sum.of('upstream', upstream))
        const serverStats = (name: string, server: ServerState): ServerStats => ({
          state: server.state,
          ...factsOf(upstream, name),
          weight: server.weight,
          backup: server.tier > 0,
          maxConnections: Number.isFinite(server.maxConnections) ? server.maxConnections : null,
          queued: isInRotation(server) ? counts.queued : 0,
          ...shownCounts('server', sum.of('server', upstream, name)),
        })
        const all = [...servers].map(([name, server]) => [name, serverStats(name, server)])
        return [upstream, { ...counts, ...discoveryIn(discoveryOf(upstream)), servers: Object.fromEntries(all) }]
      }),
    ),
  }
}

const discoveryIn = (discovery: Discovery | undefined) => (discovery === undefined ? {} : { discovery })
