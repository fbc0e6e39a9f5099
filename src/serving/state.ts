/**
 * What is served, as one plain value: everything that the workers need to know to serve. The primary owns it, and every
 * source of changes (a config, a health check, an operator) edits it and nothing else. Workers follow it by patches
 * (serving/plan.ts) and report which version they serve.
 *
 * Maps, not objects: a listener may be called `constructor`, and their order is that of the config.
 */
import type { Address } from '../config/fields/address.ts'
import type { RateLimit } from '../config/fields/limits.ts'
import type { AccessTable } from '../config/networks/access-table.ts'
import type { InspectorConfig, LogConfig, TimeoutsConfig, UpstreamConfig } from '../config/schema.ts'
import type { AcceptedVersion } from '../config/sections/proxy-protocol.ts'

/** The versions of the PROXY header. */
export type HeaderVersion = Exclude<AcceptedVersion, 'any'>

/** The PROXY headers that a listener accepts. */
export interface AcceptedHeaders {
  readonly version: AcceptedVersion
  /** The peers that may send one; undefined for all. */
  readonly trusted: AccessTable | undefined
}

export interface ListenerState {
  /** The upstream that its clients are relayed to. */
  readonly upstream: string
  readonly timeouts: TimeoutsConfig
  /** The clients that it admits; without it everyone. */
  readonly access?: AccessTable
  readonly maxConnections: number
  /**
   * The cell of the shared memory in which all workers count its connections. The primary names it (primary/limits/),
   * whatever an edit says; without one each worker has an equal share of `maxConnections`.
   */
  readonly limitCell?: number
  /** Limits on how its clients come; absent where there are none. */
  readonly arrivals?: ArrivalLimits
  /** Clients beyond a limit are closed, not reset. */
  readonly onLimit?: 'close'
  /** Where its clients begin with a PROXY header. */
  readonly acceptProxyProtocol?: AcceptedHeaders
  readonly inspect: readonly InspectorConfig[]
  /** The listening sockets that it accepts on, by the numbers that the primary gave them. */
  readonly sockets: readonly number[]
}

export interface ArrivalLimits {
  readonly connectionsPerClient: number
  readonly rate?: RateLimit
  readonly ratePerClient?: RateLimit
  /** All workers count them together, in the table of clients. The primary says so, as it names cells. */
  readonly inTable?: true
}

/**
 * The states of a server. `up` (its check passes) and `unchecked` get new connections. `ejected` (dials failed) gets some
 * only when no other server is left. `down` (its check fails, or its name has no address), `draining` and `maintenance`
 * (both by hand) get none.
 */
export const SERVER_STATES = ['up', 'unchecked', 'ejected', 'down', 'draining', 'maintenance'] as const
export type ServerStateName = (typeof SERVER_STATES)[number]

export interface ServerState {
  /** The address to dial: an IP address or a unix socket. Undefined while its name has no address. */
  readonly address: Address | undefined
  /** Its share of new connections, beside the weights of the others; 0 to 256, and 0 gets none. */
  readonly weight: number
  /** Servers of a higher tier get connections only while none of a lower one is in rotation: 0 before all, 1 for backups. */
  readonly tier: number
  /** Infinity for no limit. */
  readonly maxConnections: number
  /**
   * The cell of the shared memory in which all workers count its connections, where that number is needed. The primary
   * names it, whatever an edit says.
   */
  readonly limitCell?: number
  /** The cell in which the workers show who waits for it, where clients may. Named by the primary too. */
  readonly ticketsCell?: number
  /** Since when it is in rotation, on `hostMs()`; only where its share grows slowly. The primary notes it. */
  readonly upSinceMs?: number
  readonly state: ServerStateName
}

export interface UpstreamState {
  readonly balance: UpstreamConfig['balance']
  /** Time in which the share of a server that comes up grows; Infinity for off. */
  readonly slowStartMs: number
  /** Further servers that are tried after the first. */
  readonly retries: number
  /**
   * The clients that may wait for a place at a server, and the cell in which all workers count them. The primary names it,
   * whatever an edit says.
   */
  readonly queue: UpstreamConfig['queue'] & { readonly waitingCell?: number }
  /** By the name that is shown (see `serversOf`). */
  readonly servers: ReadonlyMap<string, ServerState>
  /** How the primary checks its servers. */
  readonly health: UpstreamConfig['health']
  /** When the primary ejects a server. */
  readonly ejection: UpstreamConfig['ejection']
  readonly onServerDown: UpstreamConfig['onServerDown']
  /** The version of the PROXY header that its servers get first. */
  readonly sendProxyProtocol: UpstreamConfig['sendProxyProtocol']
}

/**
 * The workers stop accepting: connections may go on for `withinMs`, then they end as `drained`, one after another within
 * `spreadMs`.
 */
export interface Drain {
  readonly withinMs: number
  readonly spreadMs: number
}

export const DRAIN_AT_ONCE: Drain = { withinMs: 0, spreadMs: 0 }

export interface ServingState {
  /** Numbers the edits, from 1; 0 is the state before anything is served. */
  readonly version: number
  readonly listeners: ReadonlyMap<string, ListenerState>
  readonly upstreams: ReadonlyMap<string, UpstreamState>
  /** What every process logs, and where to. */
  readonly log: LogConfig
  readonly draining: Drain | undefined
}

/** The listening sockets that a state names. */
export const socketsIn = ({ listeners }: ServingState): Set<number> =>
  new Set([...listeners.values()].flatMap(({ sockets }) => sockets))

/** What a process serves before it has received any state. */
export const NOTHING_SERVED: ServingState = {
  version: 0,
  listeners: new Map(),
  upstreams: new Map(),
  log: { level: 'info', access: false },
  draining: undefined,
}
