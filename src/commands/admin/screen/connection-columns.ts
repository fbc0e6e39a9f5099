import { type ConnectionSummary, type Sort, sortKey } from '../../../ipc/connection-parts.ts'
import type { Cell, Column } from './table.ts'
import { age, rate, size } from './units.ts'

const YELLOW = 33
/** Bytes that wait for less are on their way. */
const LONG_HELD_MS = 1_000

type CellOf = (connection: ConnectionSummary) => Cell

interface ConnectionColumn {
  readonly title: string
  readonly side: Column['side']
  /** What its values need as a rule: a live table with such columns stands still. */
  readonly width: number
  /** The order that is by what it shows. */
  readonly sort: Sort | undefined
  readonly cell: CellOf
}

const text = (title: string, width: number, cell: CellOf): ConnectionColumn => {
  return { title, side: 'left', width, sort: undefined, cell }
}

const number = (title: string, width: number, sort: Sort, cell: CellOf): ConnectionColumn => {
  return { title, side: 'right', width, sort, cell }
}

/** Waits for a server, or bytes of it for a side that does not take them. */
const isWaiting = ({ phase, heldMs }: ConnectionSummary): boolean => phase === 'queue' || heldMs >= LONG_HELD_MS

const state = (shown: string, connection: ConnectionSummary): Cell =>
  isWaiting(connection) ? { text: shown, colour: YELLOW } : { text: shown }

/** What tables show of a living connection. */
export const CONNECTION_COLUMNS = {
  // Any IPv4 address with its port.
  client: text('CLIENT', 21, ({ client }) => ({ text: client })),
  id: text('ID', 16, ({ connectionId }) => ({ text: connectionId })),
  listener: text('LISTENER', 8, ({ listener }) => ({ text: listener })),
  server: text('SERVER', 14, ({ server }) => ({ text: server ?? '-' })),
  phase: text('PHASE', 7, (connection) => state(connection.phase, connection)),
  /** Both, where there is little room: a connection that is relayed has its server. */
  serverOrPhase: text('SERVER', 14, (connection) => {
    const { phase, server } = connection
    return state(phase === 'relay' ? (server ?? '-') : phase, connection)
  }),
  age: number('AGE', 7, 'age', ({ ageMs }) => ({ text: age(ageMs / 1_000) })),
  idle: number('IDLE', 7, 'idle', ({ idleMs }) => ({ text: age(idleMs / 1_000) })),
  /** Both ways. */
  bytes: number('BYTES', 6, 'bytes', (connection) => size(sortKey(connection, 'bytes'))),
  up: number('UP', 6, 'bytes', ({ bytesToUpstream }) => size(bytesToUpstream)),
  down: number('DOWN', 6, 'bytes', ({ bytesToClient }) => size(bytesToClient)),
  /** Both ways. */
  rate: number('BYTES/S', 7, 'rate', (connection) => rate(sortKey(connection, 'rate'))),
  upRate: number('UP/S', 6, 'rate', ({ bytesPerSecondToUpstream }) => rate(bytesPerSecondToUpstream)),
  downRate: number('DOWN/S', 6, 'rate', ({ bytesPerSecondToClient }) => rate(bytesPerSecondToClient)),
  endsBy: text('ENDS BY', 17, (connection) => ({ text: nextEnd(connection) })),
} as const satisfies Record<string, ConnectionColumn>

export type ConnectionColumnName = keyof typeof CONNECTION_COLUMNS

/** The clock that would end it, and in how long. */
const nextEnd = ({ nextClock }: ConnectionSummary): string =>
  nextClock === undefined ? '-' : `${nextClock.clock} in ${age(nextClock.inMs / 1_000)}`
