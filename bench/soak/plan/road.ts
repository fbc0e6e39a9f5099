/** A way through the proxy: the transports of client and server, the kind of server, and the inspector. */
export type Transport = 'ipv4' | 'ipv6' | 'unix'

/** `pass` sees every chunk; `mangle` flips bits of every byte, and holds, delays and splits what it sees. */
export type Inspection = 'none' | 'pass' | 'mangle'

/**
 * What its server does when a connection arrives: wait for the client, speak first, or answer and reset without
 * reading.
 */
export type Manner = 'waits' | 'greets' | 'resets'

export interface Road {
  readonly name: string
  readonly client: Transport
  readonly server: Transport
  readonly manner: Manner
  readonly inspection: Inspection
  /** Its share of the connections, relative to other roads. */
  readonly weight: number
}

/** What can be left out, and what it is. */
export const FEATURES = {
  urgent: 'bytes sent with MSG_OOB',
  resets: 'sides that reset',
  hasty: 'servers that answer and reset at once',
  strangers: 'the count of silent clients at their servers',
  silent: 'clients that say nothing',
  slow: 'readers that are slow or late',
  greets: 'servers that speak first',
  inspected: 'roads with an inspector',
  unix: 'unix sockets',
  ipv6: 'IPv6',
} as const

export type Feature = keyof typeof FEATURES

const road = (
  weight: number,
  client: Transport,
  server: Transport,
  manner: Manner = 'waits',
  inspection: Inspection = 'none',
): Road => {
  const parts = [
    client,
    server,
    ...(manner === 'waits' ? [] : [manner]),
    ...(inspection === 'none' ? [] : [inspection]),
  ]
  return { name: parts.join('-'), client, server, manner, inspection, weight }
}

const ALL: readonly Road[] = [
  road(8, 'ipv4', 'ipv4'),
  road(3, 'ipv4', 'ipv6'),
  road(3, 'ipv4', 'unix'),
  road(3, 'ipv6', 'ipv4'),
  road(3, 'ipv6', 'ipv6'),
  road(2, 'unix', 'ipv4'),
  road(1, 'unix', 'unix'),
  road(3, 'ipv4', 'ipv4', 'greets'),
  road(2, 'ipv6', 'unix', 'greets'),
  road(1, 'ipv4', 'ipv4', 'resets'),
  road(2, 'ipv4', 'ipv4', 'waits', 'pass'),
  road(2, 'ipv4', 'ipv4', 'waits', 'mangle'),
  road(1, 'ipv6', 'unix', 'waits', 'mangle'),
  road(1, 'unix', 'ipv4', 'waits', 'mangle'),
  road(1, 'ipv4', 'ipv6', 'greets', 'mangle'),
]

/** The roads that are left when some features are. */
export const roadsWithout = (without: ReadonlySet<Feature>): Road[] =>
  ALL.filter(({ client, server, manner, inspection }) => {
    const transports = [client, server]
    if (without.has('ipv6') && transports.includes('ipv6')) return false
    if (without.has('unix') && transports.includes('unix')) return false
    if (without.has('inspected') && inspection !== 'none') return false
    if (manner === 'greets') return !without.has('greets')
    if (manner === 'resets') return !without.has('hasty') && !without.has('resets')
    return true
  })
