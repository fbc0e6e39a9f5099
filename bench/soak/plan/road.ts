/** A way through the proxy: the transports of client and server, the kind of server, the inspector and the config's keys. */
export type Transport = 'ipv4' | 'ipv6' | 'unix'

/** `pass` sees every chunk; `mangle` flips bits of every byte, and holds, delays and splits what it sees. */
export type Inspection = 'none' | 'pass' | 'mangle'

/**
 * What its server does when a connection arrives: wait for the client, speak first, or answer and reset without
 * reading.
 */
export type Manner = 'waits' | 'greets' | 'resets'

/**
 * The keys of the config that are set for it: servers with health checks, one of which flaps; a server that refuses, with
 * retries and ejection; a queue before few places; limits, one of which is met; PROXY headers in and out, with access
 * lists.
 */
export type Keys = 'none' | 'health' | 'retries' | 'queue' | 'limits' | 'proxyProtocol'

export interface Road {
  readonly name: string
  readonly client: Transport
  readonly server: Transport
  readonly manner: Manner
  readonly inspection: Inspection
  readonly keys: Keys
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
  balanced: 'roads with checks, retries, a queue, limits or PROXY headers',
  unix: 'unix sockets',
  ipv6: 'IPv6',
  lasting: 'connections that go on for up to half a minute, with the chaos',
  kills: 'workers that are killed by the chaos',
} as const

export type Feature = keyof typeof FEATURES

const road = (
  weight: number,
  client: Transport,
  server: Transport,
  manner: Manner = 'waits',
  inspection: Inspection = 'none',
  keys: Keys = 'none',
): Road => {
  const parts = [
    client,
    server,
    ...(manner === 'waits' ? [] : [manner]),
    ...(inspection === 'none' ? [] : [inspection]),
    ...(keys === 'none' ? [] : [keys]),
  ]
  return { name: parts.join('-'), client, server, manner, inspection, keys, weight }
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
  road(2, 'ipv4', 'ipv4', 'waits', 'none', 'health'),
  road(2, 'ipv4', 'ipv4', 'waits', 'none', 'retries'),
  road(1, 'ipv4', 'unix', 'waits', 'mangle', 'retries'),
  road(2, 'ipv4', 'ipv4', 'waits', 'none', 'queue'),
  road(1, 'ipv6', 'ipv6', 'greets', 'none', 'queue'),
  road(1, 'ipv4', 'ipv4', 'waits', 'none', 'limits'),
  road(2, 'ipv4', 'ipv4', 'waits', 'none', 'proxyProtocol'),
  road(1, 'ipv4', 'ipv4', 'greets', 'none', 'proxyProtocol'),
]

/** The roads that are left when some features are. */
export const roadsWithout = (without: ReadonlySet<Feature>): Road[] =>
  ALL.filter(({ client, server, manner, inspection, keys }) => {
    const transports = [client, server]
    if (without.has('ipv6') && transports.includes('ipv6')) return false
    if (without.has('unix') && transports.includes('unix')) return false
    if (without.has('inspected') && inspection !== 'none') return false
    if (without.has('balanced') && keys !== 'none') return false
    if (manner === 'greets') return !without.has('greets')
    if (manner === 'resets') return !without.has('hasty') && !without.has('resets')
    return true
  })
