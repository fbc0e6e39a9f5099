import type { ConnectionSummary } from '../../ipc/connection-parts.ts'
import { type Terminal, table } from './table.ts'
import { age, rate, size } from './units.ts'

const HEAD = ['CLIENT', 'ID', 'LISTENER', 'SERVER', 'PHASE', 'AGE', 'IDLE', 'UP', 'DOWN', 'UP/S', 'DOWN/S', 'ENDS BY']
const TEXTS = ['ID', 'LISTENER', 'SERVER', 'PHASE', 'ENDS BY']

/** Living connections, a line each. */
export const connectionTable = (connections: readonly ConnectionSummary[], terminal: Terminal): string =>
  table(
    HEAD,
    connections.map((connection) => ({
      cells: [
        { text: connection.client },
        { text: connection.connectionId },
        { text: connection.listener },
        { text: connection.server ?? '-' },
        { text: connection.phase },
        { text: age(connection.ageMs / 1_000) },
        { text: age(connection.idleMs / 1_000) },
        size(connection.bytesToUpstream),
        size(connection.bytesToClient),
        rate(connection.bytesPerSecondToUpstream),
        rate(connection.bytesPerSecondToClient),
        { text: nextEnd(connection) },
      ],
    })),
    TEXTS,
    terminal,
  )

/** The clock that would end it, and in how long. */
const nextEnd = ({ nextClock }: ConnectionSummary): string =>
  nextClock === undefined ? '-' : `${nextClock.clock} in ${age(nextClock.inMs / 1_000)}`
