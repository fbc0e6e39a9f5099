import { byteRateText, bytesText, durationText } from '../text/units.ts'
import type { ConnectionStory } from './connections.ts'

export interface Fact {
  readonly name: string
  readonly value: string
}

/** What is known of a connection beside its story. */
export const factsOf = (connection: ConnectionStory): Fact[] => {
  const state = connection.living ? livingFacts(connection) : endedFacts(connection)
  return [...state, ...partsOf(connection), ...bytesOf(connection)].flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value }],
  )
}

type NamedText = readonly [name: string, value: string | undefined]

const partsOf = ({
  client,
  peer,
  serverName,
  server,
  upstream,
  listener,
  worker,
  engine,
  inspectors,
  verdict,
}: ConnectionStory): NamedText[] => [
  ['Client', peer === undefined ? client : `${client}, through ${peer}`],
  ['Server', server === undefined ? `none yet, of ${upstream}` : `${server} of ${upstream}`],
  ['Server name', serverName],
  ['Listener', listener],
  ['Inspectors', inspectors?.join(', ')],
  ['Verdict', verdict],
  ['Worker', `${worker}, ${engine} engine`],
]

const livingFacts = (connection: Extract<ConnectionStory, { living: true }>): NamedText[] => {
  const { phase, ageMs, idleMs, heldMs, nextClock } = connection
  return [
    ['State', `living, in phase ${phase}`],
    ['Age', durationText(ageMs)],
    ['Idle', durationText(idleMs)],
    ['Held', heldMs === 0 ? undefined : durationText(heldMs)],
    ['Would end', nextClock && `by ${nextClock.clock}, in ${durationText(nextClock.inMs)}`],
  ]
}

const endedFacts = ({
  outcome,
  endedBy,
  error,
  phase,
  durationMs,
}: Extract<ConnectionStory, { living: false }>): NamedText[] => [
  ['State', `ended: ${outcome}`],
  ['Ended by', endedBy === 'proxy' ? 'the proxy' : `the ${endedBy}`],
  ['Error', error],
  ['Phase', phase],
  ['Lived', durationText(durationMs)],
]

const bytesOf = (connection: ConnectionStory): NamedText[] => {
  const { bytesToUpstream, bytesToClient, pendingToUpstream, pendingToClient, tcp } = connection
  const [toServer, toClient] = connection.living
    ? [connection.bytesPerSecondToUpstream, connection.bytesPerSecondToClient]
    : []
  return [
    ['To server', [bytesText(bytesToUpstream), ...rateOf(toServer), ...pendingOf(pendingToUpstream)].join(', ')],
    ['To client', [bytesText(bytesToClient), ...rateOf(toClient), ...pendingOf(pendingToClient)].join(', ')],
    ['TCP to client', tcp.client && tcpText(tcp.client)],
    ['TCP to server', tcp.server && tcpText(tcp.server)],
  ]
}

const rateOf = (perSecond: number | undefined): string[] => (perSecond === undefined ? [] : [byteRateText(perSecond)])

const pendingOf = (bytes: number): string[] => (bytes === 0 ? [] : [`${bytesText(bytes)} not acknowledged`])

const tcpText = ({ rttUs, retransmits }: { readonly rttUs: number; readonly retransmits: number }): string =>
  `round trip ${(rttUs / 1_000).toFixed(1)} ms, ${retransmits} retransmitted`
