import { ratesBetween } from './rates.ts'
import { isInRotation, isSick, urgencyOf } from './server-states.ts'
import type { ServerStats, Stats, UpstreamStats } from './stats.ts'

export interface ServerRow extends ServerStats {
  readonly upstream: string
  readonly server: string
  readonly newPerSecond: number
  readonly toUpstreamPerSecond: number
  readonly toClientPerSecond: number
  /** Since the state that is given as `earlier`. */
  readonly dialFailuresLately: number
}

export interface UpstreamGroup {
  readonly upstream: string
  readonly queued: number
  readonly discovery: UpstreamStats['discovery']
  readonly inRotation: number
  readonly total: number
  /** Those that need somebody first, then in the order of the config. */
  readonly rows: readonly ServerRow[]
}

/** Before, for rates; earlier, for what counts as lately. Undefined before there are such states. */
export interface Past {
  readonly before: Stats | undefined
  readonly earlier: Stats | undefined
}

/** The upstreams, those with sick servers first, else in the order of the config. */
export const upstreamGroups = (stats: Stats, past: Past): UpstreamGroup[] =>
  Object.entries(stats.upstreams)
    .map(([upstream, { queued, discovery, servers }]) => {
      const names = Object.keys(servers)
      const rows = names.flatMap((server) => rowOf(stats, past, upstream, server) ?? [])
      return {
        upstream,
        queued,
        discovery,
        inRotation: rows.filter(({ state }) => isInRotation(state)).length,
        total: rows.length,
        rows: rows.toSorted((one, other) => urgencyOf(one.state) - urgencyOf(other.state)),
      }
    })
    .toSorted((one, other) => sicknessOf(other) - sicknessOf(one))

/** 2 for an upstream that serves nobody, 1 for one that lacks a server that it should have. */
const sicknessOf = ({ inRotation, rows }: UpstreamGroup): number => {
  if (inRotation === 0) return 2
  return rows.some(({ state }) => isSick(state)) ? 1 : 0
}

const rowOf = (stats: Stats, { before, earlier }: Past, upstream: string, server: string): ServerRow | undefined => {
  const of = ({ upstreams }: Stats): ServerStats | undefined => upstreams[upstream]?.servers[server]
  const now = of(stats)
  if (now === undefined) return undefined
  const perSecond = ratesBetween(before, stats)
  const failuresBefore = earlier === undefined ? undefined : of(earlier)?.dialFailures
  return {
    ...now,
    upstream,
    server,
    newPerSecond: perSecond((at) => of(at)?.connectionsTotal),
    toUpstreamPerSecond: perSecond((at) => of(at)?.bytesToUpstream),
    toClientPerSecond: perSecond((at) => of(at)?.bytesToClient),
    dialFailuresLately: Math.max(0, now.dialFailures - (failuresBefore ?? now.dialFailures)),
  }
}
