import type { Stats } from '../../../primary/admin/stats-answer.ts'
import { isInRotation } from '../../../serving/rotation.ts'
import { stateCell } from './state-cell.ts'
import { note, type Row, type Terminal, table } from './table.ts'
import { age, count } from './units.ts'

/** Of more servers that are in rotation only these are shown: it is one screen. */
const MOST_IN_ROTATION = 20

type UpstreamStats = Stats['upstreams'][string]
type ServerStats = UpstreamStats['servers'][string]

/** The servers of an upstream, and what is to be said of all of them. */
export const upstreamTable = (name: string, upstream: UpstreamStats, terminal: Terminal): string => {
  const all = Object.entries(upstream.servers)
  let places = MOST_IN_ROTATION
  const shown = all.filter(([, server]) => !isInRotation(server) || places-- > 0)
  const head = [`UPSTREAM ${name}`, 'STATE', 'WEIGHT', 'ACTIVE', 'TOTAL', 'FAILED', 'CHECK']
  const rows = shown.map(([address, server]) => row(address, server))
  const hidden = all.length - shown.length
  const notes = [
    hidden > 0 ? `and ${hidden} more in rotation; --json has all` : undefined,
    whyNone(all.map(([, server]) => server)),
    upstream.queued > 0 ? `${count(upstream.queued).text} waiting in the queue` : undefined,
    upstream.discovery && discoveryText(upstream.discovery),
  ]
  const lines = notes.flatMap((text) => (text === undefined ? [] : [note(text, terminal)]))
  return [table(head, rows, ['STATE'], terminal), ...lines].join('\n')
}

const row = (address: string, server: ServerStats): Row => ({
  cells: [
    { text: address },
    stateCell(server.state),
    { text: server.backup ? `backup ${server.weight}` : String(server.weight) },
    { text: count(server.connectionsActive).text + limitText(server.maxConnections) },
    count(server.connectionsTotal),
    count(server.dialFailures),
    { text: server.lastCheckMs === null ? '-' : `${server.lastCheckMs} ms` },
  ],
  note: isInRotation(server) ? undefined : server.stateReason,
})

const limitText = (maxConnections: number | null): string =>
  maxConnections === null ? '' : `/${count(maxConnections).text}`

/** Why clients get no server, or only one that is ejected; undefined if they get one. */
const whyNone = (servers: readonly ServerStats[]): string | undefined => {
  if (servers.length === 0) return 'no servers: clients end as noServer'
  const weighty = servers.filter(({ weight }) => weight > 0)
  if (weighty.some(isInRotation)) return undefined
  if (weighty.some(({ state }) => state === 'ejected'))
    return 'no server is in rotation: those that are ejected are tried'
  const because = servers.some(isInRotation) ? 'every server in rotation has weight 0' : 'no server is in rotation'
  return `${because}: clients end as noServer`
}

const discoveryText = ({
  source,
  state,
  ageMs,
  servers,
  lastError,
}: NonNullable<UpstreamStats['discovery']>): string => {
  const answers = ageMs === null ? 'no answer yet' : `the oldest answer is ${age(ageMs / 1_000)} old`
  return `${source} ${state}: ${servers} servers, ${answers}${lastError === null ? '' : `; ${lastError}`}`
}
