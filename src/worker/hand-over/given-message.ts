/** A living connection as a message with descriptors. */
import { fromHostMs, hostMs } from '../../clock.ts'
import type { BothWays } from '../../engine/direction.ts'
import { descriptorsOf, type GivenBytes, type GivenFlow, type GivenPeer } from '../../engine/hand-over/given-relay.ts'
import type { GivenConnection, GivenFacts } from '../../proxy/hand-over/given-connection.ts'
import type { ChannelMessage } from '../../system/sockets/descriptor-channel.ts'
import { type ConnectionMessage, encode } from './protocol.ts'

export const encodeConnection = ({ facts, relay }: GivenConnection): ChannelMessage => {
  const { client, upstream, toUpstream, toClient, firstFin, resetBy } = relay
  const message: ConnectionMessage = {
    kind: 'connection',
    facts: encodeFacts(facts),
    client: encodePeer(client),
    upstream: encodePeer(upstream),
    toUpstream: encodeFlow(toUpstream),
    toClient: encodeFlow(toClient),
    firstFin,
    resetBy,
  }
  const undelivered = [toUpstream, toClient].flatMap(({ waiting }) =>
    waiting?.kind === 'memory' ? [waiting.bytes] : [],
  )
  return { bytes: encode(message, undelivered), descriptors: descriptorsOf(relay) }
}

/** @throws Error if descriptors or bytes are missing */
export const decodeConnection = (
  message: ConnectionMessage,
  undelivered: Buffer,
  descriptors: readonly number[],
): GivenConnection => {
  const rest = new Rest(undelivered, descriptors)
  const { facts, firstFin, resetBy } = message
  // In the order of `descriptorsOf`.
  const client = decodePeer(message.client, rest.descriptor())
  const upstream = decodePeer(message.upstream, rest.descriptor())
  const flows: BothWays<GivenFlow> = {
    toUpstream: decodeFlow(message.toUpstream, rest),
    toClient: decodeFlow(message.toClient, rest),
  }
  return { facts: decodeFacts(facts), relay: { client, upstream, ...flows, firstFin, resetBy } }
}

/** What of a message was not looked at yet. */
class Rest {
  #bytes: Buffer
  #descriptors: readonly number[]

  constructor(bytes: Buffer, descriptors: readonly number[]) {
    this.#bytes = bytes
    this.#descriptors = descriptors
  }

  descriptor(): number {
    const [first, ...others] = this.#descriptors
    if (first === undefined) throw new Error('a descriptor is missing')
    this.#descriptors = others
    return first
  }

  bytes(size: number): Uint8Array {
    if (this.#bytes.length < size) throw new Error('bytes are missing')
    const bytes = this.#bytes.subarray(0, size)
    this.#bytes = this.#bytes.subarray(size)
    return bytes
  }
}

const encodePeer = ({ key, error }: GivenPeer): Omit<GivenPeer, 'descriptor'> => ({ key, error })

const decodePeer = ({ key, error }: ConnectionMessage['client'], descriptor: number): GivenPeer => ({
  descriptor,
  key,
  error,
})

/** 0 means «not yet» on every clock. */
const encodeTime = (ms: number): number => (ms === 0 ? 0 : hostMs(ms))
const decodeTime = (ms: number): number => (ms === 0 ? 0 : fromHostMs(ms))

const encodeFlow = (flow: GivenFlow): ConnectionMessage['toUpstream'] => {
  const { acknowledged, bytes, isOver, waiting } = flow
  return {
    ...timesOf(flow, encodeTime),
    bytes,
    acknowledged,
    isOver,
    waiting:
      waiting?.kind === 'memory'
        ? { kind: 'memory', size: waiting.bytes.length, ours: waiting.ours }
        : waiting && { kind: 'pipe', size: waiting.size },
  }
}

const decodeFlow = (flow: ConnectionMessage['toUpstream'], rest: Rest): GivenFlow => {
  const { acknowledged, bytes, isOver } = flow
  return { ...timesOf(flow, decodeTime), bytes, acknowledged, isOver, waiting: waitingOf(flow, rest) }
}

const waitingOf = ({ waiting }: ConnectionMessage['toUpstream'], rest: Rest): GivenBytes | undefined => {
  if (waiting === undefined) return undefined
  if (waiting.kind === 'memory') return { kind: 'memory', bytes: rest.bytes(waiting.size), ours: waiting.ours }
  return { kind: 'pipe', read: rest.descriptor(), write: rest.descriptor(), size: waiting.size }
}

type FlowTimes = Pick<GivenFlow, 'firstByteMs' | 'lastByteMs' | 'heldSinceMs' | 'endedMs'>

const timesOf = (flow: FlowTimes, convert: (ms: number) => number): FlowTimes => ({
  firstByteMs: convert(flow.firstByteMs),
  lastByteMs: convert(flow.lastByteMs),
  heldSinceMs: convert(flow.heldSinceMs),
  endedMs: convert(flow.endedMs),
})

type FactsButTried = Omit<GivenFacts, 'tried'>

const factsWith = (facts: FactsButTried, convert: (ms: number) => number): FactsButTried => {
  const { acceptedMs, attempts, came, dialledMs, listener, proxied, queue, server, upstream } = facts
  return {
    listener,
    upstream,
    server,
    attempts,
    acceptedMs: convert(acceptedMs),
    dialledMs: convert(dialledMs),
    came: { ...came, atMs: convert(came.atMs) },
    proxied: proxied && { ...proxied, readMs: convert(proxied.readMs) },
    queue: queue && { ms: queue.ms, beganMs: convert(queue.beganMs), endedMs: convert(queue.endedMs) },
  }
}

const encodeFacts = (facts: GivenFacts): ConnectionMessage['facts'] => ({
  ...factsWith(facts, encodeTime),
  tried: facts.tried?.map(({ beganMs, error: { code, message }, ms, server: { name } }) => ({
    server: name,
    error: { message, code },
    beganMs: encodeTime(beganMs),
    ms,
  })),
})

const decodeFacts = (facts: ConnectionMessage['facts']): GivenFacts => ({
  ...factsWith(facts, decodeTime),
  tried: facts.tried?.map(({ beganMs, error: { code, message }, ms, server: name }) => ({
    server: { name },
    error: Object.assign(new Error(message), code === undefined ? {} : { code }),
    beganMs: decodeTime(beganMs),
    ms,
  })),
})
