import { durationText } from '../../../dashboard/text/units.ts'
import type { ConnectionAnswer } from '../../../primary/admin/connections/connections.ts'
import { type Line, paintLine, type Terminal, wrapped } from './table.ts'
import { age, size } from './units.ts'

const [BOLD, DIM] = [1, 2]
/** Lines of text are no longer, however wide the terminal is: long ones are hard to read. */
const WIDEST = 100
const TIME_WIDTH = 11

/** The story of a connection, and what decided its end. */
export const storyScreen = (connection: ConnectionAnswer, terminal: Terminal): string =>
  storyLines(connection, terminal.width)
    .map((line) => `${paintLine(line, terminal)}\n`)
    .join('')

/** The same as lines of at most so many characters; a word that is longer is not broken. */
export const storyLines = (connection: ConnectionAnswer, most: number): Line[] => {
  const width = Math.min(most, WIDEST)
  const plain = (text: string): Line => [{ text }]
  const lines: Line[] = [[{ text: heading(connection), colour: BOLD }], ...facts(connection, width).map(plain), []]
  for (const { atMs, text } of connection.story) {
    const [first = '', ...rest] = wrapped(text, width - TIME_WIDTH)
    lines.push([{ text: `${timeText(atMs).padStart(TIME_WIDTH - 2)}  `, colour: DIM }, { text: first }])
    lines.push(...rest.map((line) => plain(' '.repeat(TIME_WIDTH) + line)))
  }
  const { advice, decidedBy } = connection
  if (decidedBy === undefined) return lines
  return [
    ...lines,
    [],
    ...wrapped(`Decided by ${decidedBy}.`, width).map(plain),
    ...wrapped(advice ?? '', width).map(plain),
  ]
}

const heading = (connection: ConnectionAnswer): string => {
  const how = connection.living ? `living, in phase ${connection.phase}` : `ended: ${connection.outcome}`
  return `connection ${connection.connectionId}, ${how}`
}

const facts = (connection: ConnectionAnswer, width: number): string[] => {
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
    parts.push(`${clock} would end it in ${durationText(inMs)}`)
  }
  return parts.flatMap((part) => wrapped(part, width - 2)).map((line) => `  ${line}`)
}

/** Milliseconds up to ten seconds; from a minute on in the two largest units. */
const timeText = (ms: number): string => {
  if (ms < 10_000) return `${ms} ms`
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : age(ms / 1_000)
}
