import type { ConnectionAnswer } from '../../primary/admin/connections.ts'
import { paint, printable, type Terminal, wrapped } from './table.ts'
import { size } from './units.ts'

const [BOLD, DIM] = [1, 2]
/** Lines of text are no longer, however wide the terminal is: long ones are hard to read. */
const WIDEST = 100
const TIME_WIDTH = 11

/** The story of a connection, and what decided its end. */
export const storyScreen = (connection: ConnectionAnswer, terminal: Terminal): string => {
  const width = Math.min(terminal.width, WIDEST)
  const lines = [paint({ text: heading(connection), colour: BOLD }, terminal), ...facts(connection), '']
  for (const { atMs, text } of connection.story) {
    const [first = '', ...rest] = wrapped(text, width - TIME_WIDTH)
    lines.push(`${paint({ text: `${timeText(atMs).padStart(TIME_WIDTH - 2)}  `, colour: DIM }, terminal)}${first}`)
    lines.push(...rest.map((line) => ' '.repeat(TIME_WIDTH) + line))
  }
  const { advice, decidedBy } = connection
  if (decidedBy !== undefined) lines.push('', `Decided by ${decidedBy}.`, ...wrapped(advice ?? '', width))
  return `${lines.join('\n')}\n`
}

const heading = (connection: ConnectionAnswer): string => {
  const how = connection.living ? `living, in phase ${connection.phase}` : `ended: ${connection.outcome}`
  return `connection ${connection.connectionId}, ${how}`
}

const facts = (connection: ConnectionAnswer): string[] => {
  const { bytesToClient, bytesToUpstream, client, engine, listener, server, tcp, upstream } = connection
  const parts = [
    `${client} → ${listener} → ${upstream}${server === undefined ? '' : ` → ${server}`}`,
    `${size(bytesToUpstream).text} to the server, ${size(bytesToClient).text} to the client, ${engine} engine`,
  ]
  for (const [side, info] of [
    ['client', tcp.client],
    ['server', tcp.server],
  ] as const)
    if (info) parts.push(`${side}: round trip ${(info.rttUs / 1_000).toFixed(1)} ms, ${info.retransmits} retransmitted`)
  if (connection.living && connection.nextClock) {
    const { clock, inMs } = connection.nextClock
    parts.push(`${clock} would end it in ${timeText(inMs)}`)
  }
  return parts.map((part) => `  ${printable(part)}`)
}

/** Milliseconds up to ten seconds. */
const timeText = (ms: number): string => (ms < 10_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`)
