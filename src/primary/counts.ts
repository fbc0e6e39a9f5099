import type { Outcome } from '../proxy/outcome.ts'
import { inspectorGrew } from '../stats/inspector-counts.ts'
import type { ConnectionCounts, ServerCounts, WorkerTotals } from '../stats/totals.ts'

const outcomesOf = (counts: ConnectionCounts): [Outcome, number][] =>
  Object.entries(counts.outcomes) as [Outcome, number][]

export const addConnections = (into: ConnectionCounts, counts: ConnectionCounts): void => {
  into.connectionsAccepted += counts.connectionsAccepted
  into.connectionsActive += counts.connectionsActive
  into.bytesToUpstream += counts.bytesToUpstream
  into.bytesToClient += counts.bytesToClient
  for (const [outcome, count] of outcomesOf(counts)) into.outcomes[outcome] = (into.outcomes[outcome] ?? 0) + count
}

export const addServer = (into: ServerCounts, counts: ServerCounts): void => {
  into.connectionsActive += counts.connectionsActive
  into.connectionsTotal += counts.connectionsTotal
  into.dialFailures += counts.dialFailures
  into.bytesToUpstream += counts.bytesToUpstream
  into.bytesToClient += counts.bytesToClient
}

const connectionsGrew = (from: ConnectionCounts, to: ConnectionCounts): boolean =>
  to.connectionsAccepted >= from.connectionsAccepted &&
  to.bytesToUpstream >= from.bytesToUpstream &&
  to.bytesToClient >= from.bytesToClient &&
  outcomesOf(from).every(([outcome, count]) => (to.outcomes[outcome] ?? 0) >= count)

const serverGrew = (from: ServerCounts, to: ServerCounts): boolean =>
  to.connectionsTotal >= from.connectionsTotal &&
  to.dialFailures >= from.dialFailures &&
  to.bytesToUpstream >= from.bytesToUpstream &&
  to.bytesToClient >= from.bytesToClient

/** Whether no counter is lower in `to` than in `from`. `connectionsActive` may fall. */
export const neverFell = (from: WorkerTotals, to: WorkerTotals): boolean =>
  (to.logLinesLost ?? 0) >= (from.logLinesLost ?? 0) &&
  Object.entries(from.listeners).every(([name, counts]) => {
    const next = own(to.listeners, name)
    return next !== undefined && connectionsGrew(counts, next)
  }) &&
  Object.entries(from.servers).every(([upstream, servers]) =>
    Object.entries(servers).every(([server, counts]) => {
      const next = own(own(to.servers, upstream) ?? {}, server)
      return next !== undefined && serverGrew(counts, next)
    }),
  ) &&
  Object.entries(from.inspectors ?? {}).every(([listener, inspectors]) =>
    Object.entries(inspectors).every(([inspector, counts]) => {
      const next = own(own(to.inspectors ?? {}, listener) ?? {}, inspector)
      return next !== undefined && inspectorGrew(counts, next)
    }),
  )

/** A listener may be called `constructor`: only a record's own keys are names. */
export const own = <Value>(record: Record<string, Value>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined
