/** A connection in the words of the admin. */
import type { ConnectionDetail, ConnectionSummary, EndedDetail } from '../../ipc/connection-parts.ts'
import type { EndRecord, InspectionNotes, LivingConnection } from '../../proxy/record.ts'
import type { ConnectionFacts } from '../../proxy/story/facts.ts'
import { storyOf } from '../../proxy/story/story.ts'
import { errorText } from '../../proxy/story/words.ts'
import { peerName } from '../../system/sockets/peer-name.ts'
import type { TcpInfo } from '../../system/sockets/tcp-info.ts'
import type { ConnectionRates } from './rates.ts'

/** The facts of a connection, and what names it. */
export interface Described {
  readonly facts: ConnectionFacts
  readonly connectionId: string
  readonly worker: number
}

type LivingDetail = Extract<ConnectionDetail, { living: true }>

/** A row of the table of living connections. */
export const summary = (
  described: Described,
  connection: LivingConnection,
  rates: ConnectionRates,
  now: number,
): ConnectionSummary => {
  const { acceptedMs, toClient, toUpstream } = described.facts
  const next = connection.nextClock(now)
  return {
    ...common(described, now),
    idleMs: Math.max(0, now - Math.max(acceptedMs, toUpstream.lastByteMs, toClient.lastByteMs)),
    bytesPerSecondToUpstream: rates.toUpstream,
    bytesPerSecondToClient: rates.toClient,
    ...(next && { nextClock: { clock: next.clock, inMs: Math.max(0, Math.round(next.atMs - now)) } }),
  }
}

export const livingDetail = (
  described: Described,
  connection: LivingConnection,
  rates: ConnectionRates,
  now: number,
): LivingDetail => {
  const { relay } = connection.record
  const { client, server } = connection.tcpInfo()
  return {
    living: true,
    ...summary(described, connection, rates, now),
    attempts: described.facts.attempts,
    pendingToUpstream: relay?.pendingBytes('toUpstream') ?? 0,
    pendingToClient: relay?.pendingBytes('toClient') ?? 0,
    tcp: tcpOf(client, server),
    story: storyOf(described.facts, namesOf(described), now),
  }
}

/** @param described of a connection that has ended */
export const endedDetail = (described: Described): EndedDetail | undefined => {
  const { facts } = described
  return facts.end && detailOf(described, facts.end)
}

const detailOf = (described: Described, end: EndRecord): EndedDetail => {
  const { facts } = described
  const { clientTcp, endedBy, endedMs, error, limit, outcome, pending, serverTcp } = end
  return {
    living: false,
    ...common(described, endedMs),
    attempts: facts.attempts,
    pendingToUpstream: pending?.toUpstream.bytes ?? 0,
    pendingToClient: pending?.toClient.bytes ?? 0,
    tcp: tcpOf(clientTcp, serverTcp),
    story: storyOf(facts, namesOf(described), endedMs),
    outcome,
    endedBy,
    durationMs: endedMs - facts.acceptedMs,
    ...(error && { error: errorText(error) }),
    ...(limit && { limit }),
  }
}

const namesOf = ({ facts, worker }: Described) => {
  const peer = peerName(facts.peer)
  return { client: facts.proxied?.client ?? peer, peer, worker }
}

const common = ({ facts, connectionId, worker }: Described, now: number) => {
  const { acceptedMs, end, engine, inspected, listener, phase, proxied, server, toClient, toUpstream, upstream } = facts
  const peer = peerName(facts.peer)
  const held = [end?.pending?.toUpstream ?? toUpstream, end?.pending?.toClient ?? toClient].map(({ heldSinceMs }) =>
    heldSinceMs !== 0 ? Math.max(0, now - heldSinceMs) : 0,
  )
  return {
    connectionId,
    listener,
    worker,
    phase,
    client: proxied?.client ?? peer,
    ...(proxied?.client !== undefined && { peer }),
    upstream,
    ...(server !== undefined && { server }),
    engine,
    ageMs: now - acceptedMs,
    bytesToUpstream: toUpstream.bytes,
    bytesToClient: toClient.bytes,
    heldMs: Math.max(...held),
    ...(inspected && inspectionOf(inspected)),
  }
}

const inspectionOf = ({ inspectors, serverName, verdict }: InspectionNotes) => ({
  ...(serverName !== undefined && { serverName }),
  inspectors: [...inspectors],
  ...(verdict !== undefined && { verdict }),
})

const tcpOf = (client: TcpInfo | undefined, server: TcpInfo | undefined) => ({
  ...(client && { client }),
  ...(server && { server }),
})
