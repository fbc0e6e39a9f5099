import { listText, plural } from '../text/units.ts'
import { isByHand, isInRotation, isSick } from './server-states.ts'
import type { ServerStateName, Stats, WorkerStats } from './stats.ts'

/** From good to bad: all is in use; an operator took something out; something needs a look; a part has failed; clients are not served. */
export const SEVERITIES = ['fine', 'byHand', 'notice', 'trouble', 'outage'] as const
export type Severity = (typeof SEVERITIES)[number]

export interface Concern {
  readonly severity: Severity
  readonly headline: string
  /** What is behind it, a line each. */
  readonly details: readonly string[]
}

/** All that is not as it should be, the worst first; what is fine if there is nothing. */
export const concernsOf = (stats: Stats, linesLostLately: number): readonly [Concern, ...Concern[]] => {
  const concerns = [
    ...workers(stats),
    ...emptyUpstreams(stats),
    ...sickServers(stats),
    ...stopping(stats),
    ...waitingClients(stats),
    ...failingNames(stats),
    ...lostLines(linesLostLately),
    ...serversByHand(stats),
  ].toSorted((one, other) => SEVERITIES.indexOf(other.severity) - SEVERITIES.indexOf(one.severity))
  const [worst = allFine(stats), ...others] = concerns
  return [worst, ...others]
}

interface NamedServer {
  readonly upstream: string
  readonly server: string
  readonly state: ServerStateName
  readonly stateReason: string
}

const serversOf = ({ upstreams }: Stats): NamedServer[] =>
  Object.entries(upstreams).flatMap(([upstream, { servers }]) =>
    Object.entries(servers).map(([server, { state, stateReason }]) => ({ upstream, server, state, stateReason })),
  )

const because = ({ upstream, server, stateReason }: NamedServer): string => `${server} of ${upstream}: ${stateReason}`

const allFine = (stats: Stats): Concern => {
  const servers = serversOf(stats)
  const subject = servers.length === 1 ? 'The one server is' : `All ${servers.length} servers are`
  const unchecked = servers.filter(({ state }) => state === 'unchecked').length
  const parts = [
    plural(Object.keys(stats.listeners).length, 'listener'),
    plural(stats.workers.length, 'worker'),
    ...(unchecked === 0 ? [] : [`${plural(unchecked, 'server')} without health checks`]),
  ]
  return { severity: 'fine', headline: `${subject} in rotation`, details: [listText(parts)] }
}

const workers = ({ workers: all, draining }: Stats): Concern[] => {
  const named = (worker: WorkerStats): string => `worker ${worker.id}, process ${worker.pid}`
  if (!draining && !all.some(({ state }) => state === 'serving')) {
    return [
      { severity: 'outage', headline: 'No worker serves', details: all.map((one) => `${named(one)}: ${one.state}`) },
    ]
  }
  const stale = all.filter(({ state }) => state === 'stale')
  if (stale.length === 0) return []
  const headline = `${plural(stale.length, 'worker does', 'workers do')} not answer`
  return [{ severity: 'trouble', headline, details: stale.map(named) }]
}

const emptyUpstreams = (stats: Stats): Concern[] => {
  const empty = Object.entries(stats.upstreams).filter(
    ([, { servers }]) => !Object.values(servers).some(({ state }) => isInRotation(state)),
  )
  if (empty.length === 0) return []
  const names = empty.map(([name]) => name)
  const details = serversOf(stats)
    .filter(({ upstream }) => names.includes(upstream))
    .map(because)
  return [{ severity: 'outage', headline: `No server of ${listText(names)} is in rotation`, details }]
}

const sickServers = (stats: Stats): Concern[] => {
  const servers = serversOf(stats)
  const sick = servers.filter(({ state }) => isSick(state))
  if (sick.length === 0) return []
  const states = listText([...new Set(sick.map(({ state }) => state))].toSorted())
  const headline = `${sick.length} of ${plural(servers.length, 'server')} ${states}`
  return [{ severity: 'trouble', headline, details: sick.map(because) }]
}

const stopping = ({ draining, totals }: Stats): Concern[] => {
  const left = totals.connectionsActive
  if (!draining) return []
  return [{ severity: 'notice', headline: 'Draining, to stop', details: [`${plural(left, 'connection')} left`] }]
}

const waitingClients = ({ upstreams }: Stats): Concern[] =>
  Object.entries(upstreams).flatMap(([name, { queued }]): Concern[] =>
    queued === 0
      ? []
      : [
          {
            severity: 'notice',
            headline: `${plural(queued, 'client waits', 'clients wait')} for ${name}`,
            details: [],
          },
        ],
  )

const failingNames = ({ upstreams }: Stats): Concern[] =>
  Object.entries(upstreams).flatMap(([name, { discovery }]): Concern[] =>
    discovery?.state !== 'failing'
      ? []
      : [{ severity: 'notice', headline: `Names of ${name} do not resolve`, details: [discovery.lastError ?? ''] }],
  )

const lostLines = (lately: number): Concern[] =>
  lately === 0 ? [] : [{ severity: 'notice', headline: 'Log lines are lost', details: [`${lately} lately`] }]

const serversByHand = (stats: Stats): Concern[] => {
  const byHand = serversOf(stats).filter(({ state }) => isByHand(state))
  if (byHand.length === 0) return []
  const headline = `${plural(byHand.length, 'server is', 'servers are')} out of rotation by hand`
  return [{ severity: 'byHand', headline, details: byHand.map(because) }]
}
