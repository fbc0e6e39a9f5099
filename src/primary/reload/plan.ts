/** What a reload would change, before it does. Pure. */
import { type ConfigChange, changesBetween } from '../../config/compare/changes.ts'
import { formatAddress } from '../../config/fields/address.ts'
import { formatPath } from '../../config/problems/problem.ts'
import type { Config } from '../../config/schema.ts'
import type { Totals } from '../../stats/totals.ts'
import { effectOf, needsRestart } from './effects.ts'

export interface PlannedChange extends Omit<ConfigChange, 'path'> {
  /** `listeners[0].timeouts.idle`; of the earlier config where it is removed. */
  readonly path: string
  /** The listener, upstream or server that it is about, by its name; undefined where it is about none. */
  readonly of?: string
  /** How many living connections it is about. */
  readonly connections: number
  /** What becomes of them, and when it applies. */
  readonly effect: string
}

export interface ReloadPlan {
  readonly changes: readonly PlannedChange[]
  /** These stay as they are until copyloop is started anew. */
  readonly needsRestart: readonly PlannedChange[]
}

export const reloadPlan = (before: Config, after: Config, totals: Totals): ReloadPlan => {
  const planned = changesBetween(before, after).map((change) => ({
    change,
    item: plannedChange(change, before, after, totals),
  }))
  const items = (restart: boolean) =>
    planned.filter(({ change }) => needsRestart(change) === restart).map(({ item }) => item)
  return { changes: items(false), needsRestart: items(true) }
}

const plannedChange = (change: ConfigChange, before: Config, after: Config, totals: Totals): PlannedChange => {
  const { path, ...rest } = change
  const subject = subjectOf(change, change.change === 'removed' ? before : after)
  return {
    path: formatPath(path),
    ...rest,
    ...(subject && { of: subject.names.join(' ') }),
    connections: subject ? connectionsOf(subject, totals) : 0,
    effect: effectOf(change),
  }
}

interface Subject {
  readonly scope: 'listener' | 'upstream' | 'server'
  readonly names: readonly string[]
}

const subjectOf = ({ path }: ConfigChange, { listeners, upstreams }: Config): Subject | undefined => {
  const [part, index, key, server] = path
  if (typeof index !== 'number') return undefined
  if (part === 'listeners') return { scope: 'listener', names: [listeners[index]?.name ?? ''] }
  if (part !== 'upstreams') return undefined
  const upstream = upstreams[index]
  if (upstream === undefined) return undefined
  const { address } = (key === 'servers' && typeof server === 'number' && upstream.servers[server]) || {}
  return address === undefined
    ? { scope: 'upstream', names: [upstream.name] }
    : { scope: 'server', names: [upstream.name, formatAddress(address)] }
}

const connectionsOf = ({ scope, names }: Subject, totals: Totals): number => {
  const [first, server] = names
  if (scope === 'listener') return totals.entries('listener', first ?? '').reduce(sumActive, 0)
  return totals
    .entries('server', first ?? '')
    .filter((entry) => server === undefined || isOf(entry.names[1] ?? '', server))
    .reduce(sumActive, 0)
}

/** Whether a server is the one of this address, or one of those that its name stands for. */
export const isOf = (server: string, address: string): boolean => server === address || server.startsWith(`${address}@`)

const sumActive = (sum: number, { counts }: { readonly counts: { readonly connectionsActive: number } }): number =>
  sum + counts.connectionsActive
