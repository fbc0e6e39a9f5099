import { HEAD_BYTES } from '../plan/plan.ts'
import { type ConnectionFacts, isCut, type Line, type SideFacts } from './facts.ts'
import { UNKNOWN_CLIENT } from './join.ts'

/** The log line beside what both ends did and saw. */
export const checkLine = (facts: ConnectionFacts, line: Line): string[] => {
  // Whose it is can only be guessed.
  if (line.client === UNKNOWN_CLIENT) return ['the log line does not name its client']
  const { client, server } = facts
  const faults = checkMoves(line)
  const allowed = outcomesOf(facts)
  if (!allowed.includes(line.outcome)) faults.push(`the outcome is ${line.outcome}, not ${allowed.join(' or ')}`)
  const endedBy = ENDED_BY[line.outcome]
  if (endedBy && endedBy !== line.endedBy) faults.push(`${line.outcome} is said to be ended by ${line.endedBy}`)
  faults.push(...checkBytes('bytesToClient', line.bytesToClient, server, client))
  if (server) faults.push(...checkBytes('bytesToUpstream', line.bytesToUpstream, client, server))
  else if (line.bytesToUpstream > client.sent || line.bytesToUpstream >= HEAD_BYTES) {
    faults.push(`bytesToUpstream is ${line.bytesToUpstream} of ${client.sent}, and the server never knew the client`)
  }
  // Before a server is reached nobody can be given anything.
  if (line.outcome !== 'clientGone')
    faults.push(...checkDelivery('client', server, client), ...checkDelivery('server', client, server))
  return faults
}

/** It has moved if another worker logs it than the one that accepted it, whose number is in its name. */
const checkMoves = ({ connectionId, worker, handedOver = 0 }: Line): string[] => {
  const acceptedBy = Number(connectionId.split('-')[1])
  if (acceptedBy !== worker && handedOver < 1)
    return [`worker ${worker} logs it, worker ${acceptedBy} accepted it, and the line says nothing of a hand-over`]
  if (acceptedBy === worker && handedOver > 0)
    return [`the line says that it was handed over, and worker ${worker} accepted it`]
  return []
}

const ENDED_BY: Readonly<Record<string, string>> = {
  clientReset: 'client',
  clientGone: 'client',
  upstreamReset: 'upstream',
}

/** The outcomes that what the two ends did allows. */
const outcomesOf = ({ client, server, strangerSends, isLimited }: ConnectionFacts): string[] => {
  const allowed: string[] = []
  if (isLimited && server === undefined && client.received === 0) allowed.push('overLimit')
  const serverResets = server ? server.reset : strangerSends !== undefined
  if (client.reset) allowed.push('clientReset')
  if (client.reset && !server) allowed.push('clientGone')
  if (serverResets) allowed.push('upstreamReset')
  const ends = (side: SideFacts): boolean => side.finished || (side.isUnix && side.reset)
  // Without a server's side nobody knows what it did.
  if (ends(client) && (server ? ends(server) : strangerSends === undefined)) allowed.push('completed')
  return allowed
}

/** A direction's count: never less than what arrived, never more than what was sent, and exact where the receiver read on to the end. */
const checkBytes = (field: string, counted: number, from: SideFacts | undefined, to: SideFacts): string[] => {
  const exact = to.arrival === 'fin' || to.arrival === 'reset'
  if (exact && counted !== to.received) return [`${field} is ${counted}, and ${to.received} arrived`]
  if (counted < to.received) return [`${field} is ${counted}, less than the ${to.received} that arrived`]
  if (from && counted > from.sent) return [`${field} is ${counted}, more than the ${from.sent} that were sent`]
  return []
}

/** What the proxy had from a side when that reset must have reached the other side, if that read on to the end. */
const checkDelivery = (name: string, from: SideFacts | undefined, to: SideFacts | undefined): string[] => {
  if (!from?.reset || !to || to.arrival === 'cutByWrite' || to.arrival === 'closed' || to.received >= from.acknowledged)
    return []
  const end = isCut(to) ? 'RST' : 'FIN'
  return [`the ${name} got ${to.received} bytes before its ${end}, and the proxy had ${from.acknowledged} for it`]
}
