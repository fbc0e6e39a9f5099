/**
 * The sum of what all workers have counted, the dead ones included. Workers send totals that only grow; the latest of
 * each living one is kept, and what a dead one had reached stays in the sum for ever. So no counter ever falls, and
 * `connectionsAccepted` is `connectionsActive` plus all outcomes, whatever dies in whichever order.
 */
import { isName } from '../config/fields/fields.ts'
import { addInspector, type InspectorCounts, noInspectorCounts } from '../stats/inspector-counts.ts'
import {
  type ConnectionCounts,
  noConnections,
  noServerCounts,
  type ServerCounts,
  type WorkerTotals,
} from '../stats/totals.ts'
import { addConnections, addServer, neverFell, own } from './counts.ts'

/** The names that may be reported. A report with any other is not ours to show. */
export interface KnownNames {
  readonly listeners: readonly string[]
  readonly upstreams: readonly string[]
}

export class Gather {
  readonly #names: KnownNames
  readonly #onIgnored: (workerId: number, ignoredSoFar: number) => void
  #ignored = 0
  readonly #living = new Map<number, WorkerTotals>()
  readonly #dead: WorkerTotals = { listeners: {}, servers: {} }

  /** `onIgnored` is called for each report that could not be read or could not be true, with their number so far. */
  constructor(names: KnownNames, onIgnored: (workerId: number, ignoredSoFar: number) => void) {
    this.#names = names
    this.#onIgnored = onIgnored
  }

  began(workerId: number): void {
    this.#living.set(workerId, { listeners: {}, servers: {} })
  }

  /** Takes a worker's latest totals, unless they cannot be true: of a dead worker, with unknown names, or fallen. */
  report(workerId: number, totals: WorkerTotals): void {
    const before = this.#living.get(workerId)
    if (before && this.#knows(totals) && neverFell(before, totals)) this.#living.set(workerId, totals)
    else this.ignore(workerId)
  }

  /** A report that could not even be read. */
  ignore(workerId: number): void {
    this.#ignored += 1
    this.#onIgnored(workerId, this.#ignored)
  }

  /** A worker is gone. What it had counted stays; connections that were still active in it ended with it, by no will of theirs. */
  ended(workerId: number): void {
    const last = this.#living.get(workerId)
    if (last === undefined) return
    this.#living.delete(workerId)
    addTotals(this.#dead, last)
    for (const counts of Object.values(this.#dead.listeners)) endActive(counts)
    for (const servers of Object.values(this.#dead.servers)) {
      for (const counts of Object.values(servers)) counts.connectionsActive = 0
    }
    for (const inspectors of Object.values(this.#dead.inspectors ?? {})) {
      for (const counts of Object.values(inspectors)) Object.assign(counts, { threads: 0, queueLength: 0 })
    }
  }

  activeIn(workerId: number): number {
    const counts = Object.values(this.#living.get(workerId)?.listeners ?? {})
    return counts.reduce((sum, { connectionsActive }) => sum + connectionsActive, 0)
  }

  /** Of their logs' lines, so far. */
  get linesLost(): number {
    let lost = this.#dead.logLinesLost ?? 0
    for (const { logLinesLost = 0 } of this.#living.values()) lost += logLinesLost
    return lost
  }

  sum(): WorkerTotals {
    const sum: WorkerTotals = { listeners: {}, servers: {} }
    addTotals(sum, this.#dead)
    for (const totals of this.#living.values()) addTotals(sum, totals)
    return sum
  }

  #knows({ listeners, servers, inspectors = {} }: WorkerTotals): boolean {
    return (
      [listeners, inspectors].flatMap(Object.keys).every((name) => this.#names.listeners.includes(name)) &&
      // Inspectors name themselves, in modules that only workers load.
      Object.values(inspectors).flatMap(Object.keys).every(isName) &&
      Object.keys(servers).every((name) => this.#names.upstreams.includes(name))
    )
  }
}

const endActive = (counts: ConnectionCounts): void => {
  if (counts.connectionsActive === 0) return
  counts.outcomes.internalError = (counts.outcomes.internalError ?? 0) + counts.connectionsActive
  counts.connectionsActive = 0
}

/** The entry of that name, made if it is not there yet. */
const entry = <Value>(record: Record<string, Value>, name: string, make: () => Value): Value => {
  const found = own(record, name) ?? make()
  record[name] = found
  return found
}

const addTotals = (into: WorkerTotals, totals: WorkerTotals): void => {
  const { listeners, servers, inspectors = {}, logLinesLost } = totals
  if (logLinesLost !== undefined) into.logLinesLost = (into.logLinesLost ?? 0) + logLinesLost
  for (const [name, counts] of Object.entries(listeners)) {
    addConnections(entry(into.listeners, name, noConnections), counts)
  }
  for (const [upstream, byServer] of Object.entries(servers)) {
    const sums = entry<Record<string, ServerCounts>>(into.servers, upstream, () => ({}))
    for (const [server, counts] of Object.entries(byServer)) addServer(entry(sums, server, noServerCounts), counts)
  }
  for (const [listener, byInspector] of Object.entries(inspectors)) {
    into.inspectors ??= {}
    const sums = entry<Record<string, InspectorCounts>>(into.inspectors, listener, () => ({}))
    for (const [name, counts] of Object.entries(byInspector)) addInspector(entry(sums, name, noInspectorCounts), counts)
  }
}
