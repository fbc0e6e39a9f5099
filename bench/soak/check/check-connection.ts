/**
 * What a relay promises (docs/connection-life.md), held against one connection: both ends and the log line. Pure: facts
 * in, sentences about what is wrong out.
 */
import { checkLine } from './check-line.ts'
import { type ConnectionFacts, isCut, type SideFacts } from './facts.ts'

export const checkConnection = (facts: ConnectionFacts): string[] => {
  const { client, server, line } = facts
  const faults = [...checkArrival('client', client, server), ...checkStranger(facts)]
  if (server) faults.push(...checkArrival('server', server, client))
  if (line === undefined) faults.push('there is no log line')
  else faults.push(...checkLine(facts, line))
  return faults
}

/** What a side received and how that ended, beside what the other side did. */
const checkArrival = (name: string, side: SideFacts, other: SideFacts | undefined): string[] => {
  const faults: string[] = []
  if (side.wrongAt !== undefined) faults.push(`the ${name} got a wrong byte at offset ${side.wrongAt}`)
  if (side.arrival === 'open') faults.push(`the ${name} has met no end`)
  if (side.arrival === 'closed' && !side.reset) faults.push(`the ${name}'s socket was closed without an end`)
  if (other === undefined) return faults
  if (side.received > other.sent) faults.push(`the ${name} got ${side.received} bytes of ${other.sent} that were sent`)
  const closes = (side.isUnix || other.isUnix) && other.reset
  if (side.arrival === 'fin' && !closes) {
    if (!other.finished) faults.push(`the ${name} got a FIN that nobody sent`)
    if (side.received < other.sent) faults.push(`the ${name} got a FIN after ${side.received} of ${other.sent} bytes`)
  }
  if (isCut(side) && !other.reset && !side.reset) faults.push(`the ${name} was reset, and nobody reset`)
  return faults
}

/** A server that did not learn who the client was sends what it sends to anybody. */
const checkStranger = ({ client, server, strangerSends }: ConnectionFacts): string[] =>
  server === undefined && strangerSends !== undefined && client.arrival === 'reset' && client.received !== strangerSends
    ? [`the client got ${client.received} of the ${strangerSends} bytes that were sent before the RST`]
    : []

/**
 * What a connection of a killed worker must keep to: whatever has arrived is right.
 *
 * @param wasReset the worker was killed while connections moved: then none that had reached a server ends with a FIN
 *   that its other side did not send
 */
export const checkLost = ({ client, server }: ConnectionFacts, wasReset: boolean): string[] => {
  const faults: string[] = []
  for (const [name, side, other] of [
    ['client', client, server],
    ['server', server, client],
  ] as const) {
    if (side === undefined) continue
    if (side.wrongAt !== undefined) faults.push(`the ${name} got a wrong byte at offset ${side.wrongAt}`)
    if (side.arrival === 'open') faults.push(`the ${name} has met no end`)
    if (other && side.received > other.sent) faults.push(`the ${name} got more than was sent`)
    if (wasReset && other && isFalseFin(side, other))
      faults.push(`the ${name} got a FIN from a worker that was killed while connections moved`)
  }
  return faults
}

/** On a unix socket a reset is a close. */
const isFalseFin = (side: SideFacts, other: SideFacts): boolean =>
  side.arrival === 'fin' && !side.isUnix && !other.isUnix && (!other.finished || side.received < other.sent)
