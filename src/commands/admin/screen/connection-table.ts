import type { ConnectionSummary } from '../../../ipc/connection-parts.ts'
import { CONNECTION_COLUMNS } from './connection-columns.ts'
import { type Terminal, table } from './table.ts'

const { client, id, listener, server, phase, age, idle, up, down, upRate, downRate, endsBy } = CONNECTION_COLUMNS
const COLUMNS = [client, id, listener, server, phase, age, idle, up, down, upRate, downRate, endsBy]

/** Living connections, a line each. */
export const connectionTable = (connections: readonly ConnectionSummary[], terminal: Terminal): string =>
  table(
    COLUMNS.map(({ title }) => title),
    connections.map((connection) => ({ cells: COLUMNS.map(({ cell }) => cell(connection)) })),
    COLUMNS.filter(({ side }) => side === 'left').map(({ title }) => title),
    terminal,
  )
