import type { Stats } from '../../../primary/admin/stats-answer.ts'
import type { Outcome } from '../../../proxy/outcome.ts'
import { stateCell } from './state-cell.ts'
import { type Terminal, table } from './table.ts'
import { age, count, size } from './units.ts'
import { upstreamTable } from './upstream-table.ts'

/** How clients end that nobody served. */
const UNSERVED = [
  'denied',
  'overLimit',
  'badProxyHeader',
  'prereadTimeout',
  'noServer',
  'queueTimeout',
  'dialRefused',
  'dialTimeout',
  'dialFailed',
  'resourceExhausted',
] as const satisfies readonly Outcome[]

/** One screen about a running copyloop. */
export const statusScreen = (stats: Stats, terminal: Terminal): string =>
  [
    heading(stats),
    table(
      ['LISTENER', 'ACTIVE', 'ACCEPTED', 'TO SERVERS', 'TO CLIENTS'],
      Object.entries(stats.listeners).map(([name, { connectionsActive, connectionsAccepted, outcomes, ...bytes }]) => ({
        cells: [
          { text: name },
          count(connectionsActive),
          count(connectionsAccepted),
          size(bytes.bytesToUpstream),
          size(bytes.bytesToClient),
        ],
        note: unserved(outcomes),
      })),
      [],
      terminal,
    ),
    ...Object.entries(stats.upstreams).map(([name, upstream]) => upstreamTable(name, upstream, terminal)),
    table(
      ['WORKER', 'PID', 'STATE', 'ENGINE', 'ACTIVE', 'MEMORY', 'DELAY'],
      stats.workers.map(({ id, pid, state, engine, connectionsActive, rssBytes, eventLoopDelayP99Ms }) => ({
        cells: [
          { text: String(id) },
          { text: String(pid) },
          stateCell(state),
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

const unserved = (outcomes: Stats['totals']['outcomes']): string | undefined => {
  const counts = UNSERVED.flatMap((outcome) => {
    const ended = outcomes[outcome] ?? 0
    return ended > 0 ? [`${count(ended).text} ${outcome}`] : []
  })
  return counts.length > 0 ? `not served: ${counts.join(', ')}` : undefined
}
