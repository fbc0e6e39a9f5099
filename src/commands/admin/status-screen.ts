import type { Stats } from '../../primary/admin/stats-answer.ts'
import { isInRotation } from '../../serving/rotation.ts'
import { type Cell, type Row, type Terminal, table } from './table.ts'
import { age, count, size } from './units.ts'

/** Of more servers that are in rotation only these are shown: it is one screen. */
const MOST_IN_ROTATION = 20

const [RED, GREEN, YELLOW] = [31, 32, 33]

const COLOUR_OF: Readonly<Record<string, number>> = {
  up: GREEN,
  serving: GREEN,
  down: RED,
  stale: RED,
  ejected: YELLOW,
  draining: YELLOW,
  maintenance: YELLOW,
  starting: YELLOW,
}

type Servers = Stats['upstreams'][string]['servers']
type ServerStats = Servers[string]

/** One screen about a running copyloop. */
export const statusScreen = (stats: Stats, terminal: Terminal): string =>
  [
    heading(stats),
    table(
      ['LISTENER', 'ACTIVE', 'ACCEPTED', 'TO SERVERS', 'TO CLIENTS'],
      Object.entries(stats.listeners).map(([name, { connectionsActive, connectionsAccepted, ...bytes }]) => ({
        cells: [
          { text: name },
          count(connectionsActive),
          count(connectionsAccepted),
          size(bytes.bytesToUpstream),
          size(bytes.bytesToClient),
        ],
      })),
      [],
      terminal,
    ),
    ...Object.entries(stats.upstreams).map(([name, { servers }]) => upstream(name, servers, terminal)),
    table(
      ['WORKER', 'PID', 'STATE', 'ENGINE', 'ACTIVE', 'MEMORY', 'DELAY'],
      stats.workers.map(({ id, pid, state, engine, connectionsActive, rssBytes, eventLoopDelayP99Ms }) => ({
        cells: [
          { text: String(id) },
          { text: String(pid) },
          named(state),
          { text: engine ?? '-' },
          count(connectionsActive),
          size(rssBytes),
          { text: `${Math.round(eventLoopDelayP99Ms)} ms` },
        ],
      })),
      ['STATE', 'ENGINE'],
      terminal,
    ),
  ]
    .join('\n\n')
    .concat('\n')

const heading = ({ version, uptimeSeconds, draining, engine, stateVersion, logLinesLost }: Stats): string =>
  [
    `copyloop ${version}`,
    `up ${age(uptimeSeconds)}`,
    `engine ${engine ?? 'not known yet'}`,
    `state version ${stateVersion}`,
    ...(draining ? ['draining'] : []),
    ...(logLinesLost > 0 ? [`${logLinesLost} log lines lost`] : []),
  ].join(', ')

const upstream = (name: string, servers: Servers, terminal: Terminal): string => {
  const all = Object.entries(servers)
  let places = MOST_IN_ROTATION
  const shown = all.filter(([, server]) => !isInRotation(server) || places-- > 0)
  const head = [`UPSTREAM ${name}`, 'STATE', 'ACTIVE', 'TOTAL', 'FAILED', 'CHECK']
  const rows = shown.map(([address, server]) => row(address, server))
  const lines = [table(head, rows, ['STATE'], terminal)]
  if (all.length === 0) lines.push('  no servers')
  if (shown.length < all.length) lines.push(`  and ${all.length - shown.length} more in rotation; --json has all`)
  return lines.join('\n')
}

const row = (address: string, server: ServerStats): Row => ({
  cells: [
    { text: address },
    named(server.state),
    count(server.connectionsActive),
    count(server.connectionsTotal),
    count(server.dialFailures),
    { text: server.lastCheckMs === null ? '-' : `${server.lastCheckMs} ms` },
  ],
  note: isInRotation(server) ? undefined : server.stateReason,
})

const named = (state: string): Cell => {
  const colour = COLOUR_OF[state]
  return colour === undefined ? { text: state } : { text: state, colour }
}
