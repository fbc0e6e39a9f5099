import { join } from 'node:path'
import { projectRoot } from '../../paths.ts'
import { CHECK } from '../load/answer-check.ts'
import type { Keys, Road } from '../plan/road.ts'

/** Lanes of a road whose clients have no address; see load/lanes.ts. */
const UNIX_LANES = 12

/** The parts of the proxy's config that are changed while it runs. */
export interface Config {
  readonly log: { readonly level: string; readonly access: boolean | object; readonly file: string }
  readonly drainTimeout: string
  readonly listeners: readonly ListenerConfig[]
  readonly upstreams: readonly UpstreamConfig[]
}

export interface ListenerConfig {
  readonly name: string
  readonly listen: string
  readonly upstream: string
  readonly timeouts?: object
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
}

export interface UpstreamConfig {
  readonly name: string
  readonly servers: readonly (string | { readonly address: string })[]
}

export interface ConfigParts {
  readonly folder: string
  readonly logFile: string
  readonly engine: string
  readonly workers: number
  readonly roads: readonly Road[]
  /** By the road's name. */
  readonly servers: ReadonlyMap<string, readonly string[]>
}

/** The names of a road's listeners. */
export const listenersOf = ({ name, client }: Road): string[] =>
  client === 'unix' ? Array.from({ length: UNIX_LANES }, (_, lane) => `${name}-${lane}`) : [name]

/** The proxy's config. No clock may end a connection: what hangs is found by the load. */
export const configOf = ({ folder, logFile, engine, workers, roads, servers }: ConfigParts): Config => {
  const long = '1h'
  const config = {
    workers,
    engine,
    admin: { listen: '127.0.0.1:0' },
    log: { level: 'info', access: true, file: logFile },
    // Replaced workers cut nobody.
    drainTimeout: long,
    listeners: roads.flatMap((road) =>
      listenersOf(road).map((name) => ({
        name,
        listen: listenOn(road, name, folder),
        upstream: road.name,
        timeouts: { connect: '30s', idle: long, stall: long, halfClose: long },
        inspect: inspectorsOf(road),
        ...LISTENER_KEYS[road.keys],
      })),
    ),
    upstreams: roads.map(({ name, keys }) => upstreamOf(name, keys, servers.get(name) ?? [])),
  }
  return config
}

const LISTENER_KEYS: Readonly<Record<Keys, object>> = {
  none: {},
  health: {},
  retries: {},
  queue: {},
  limits: {
    maxConnections: 4,
    // A reset can come before node has told of the connection; such a client would not know its own address.
    onLimit: 'close',
    maxConnectionsPerClient: 100,
    connectionRate: '100000/s',
    connectionRatePerClient: '1000/s',
  },
  proxyProtocol: {
    acceptProxyProtocol: { version: 'v2', trusted: ['127.0.0.0/8'] },
    allow: ['127.0.0.0/8'],
    deny: ['127.255.0.0/16'],
  },
}

const UPSTREAM_KEYS: Readonly<Record<Keys, object>> = {
  none: {},
  health: {
    balance: 'leastConnections',
    // A busy machine is no fault of the server.
    health: { interval: '500ms', timeout: '20s', rise: 1, fall: 1, ...CHECK },
    slowStart: '1s',
  },
  retries: { balance: 'random2', retries: 2, ejection: { failures: 5, for: '250ms' } },
  queue: { queue: { length: 10_000, timeout: '15m' } },
  limits: { balance: 'sourceHash' },
  proxyProtocol: { sendProxyProtocol: 'v2' },
}

/** Fewer than come at a time. */
const QUEUE_PLACES = 12

const upstreamOf = (name: string, keys: Keys, addresses: readonly string[]): UpstreamConfig => ({
  name,
  ...UPSTREAM_KEYS[keys],
  servers: addresses.map((address) => (keys === 'queue' ? { address, maxConnections: QUEUE_PLACES } : address)),
})

const listenOn = ({ client }: Road, name: string, folder: string): string => {
  if (client === 'unix') return `unix:${join(folder, `${name}.listener`)}`
  return client === 'ipv4' ? '127.0.0.1:0' : '[::1]:0'
}

const inspectorsOf = ({ inspection }: Road): object[] => {
  if (inspection === 'none') return []
  const file = inspection === 'pass' ? 'pass-all.mjs' : 'mangle.mjs'
  // A busy machine is no fault of the inspector.
  return [{ use: join(projectRoot, 'bench', 'inspection', file), timeout: '20s' }]
}
