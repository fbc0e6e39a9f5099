/** The edits of a serving state. Each returns a new value that shares what it leaves alone, so comparing is cheap. */
import { accessTable } from '../config/networks/access-table.ts'
import { parseNetwork } from '../config/networks/network.ts'
import type { Config, ListenerConfig, UpstreamConfig } from '../config/schema.ts'
import { configuredServer, serversOf } from './servers-of.ts'
import type {
  AcceptedHeaders,
  ArrivalLimits,
  ListenerState,
  ServerState,
  ServingState,
  UpstreamState,
} from './state.ts'

/** The first state. @param socketsOf the numbers of the sockets that were opened for a listener */
export const stateOf = (config: Config, socketsOf: (listener: string) => readonly number[]): ServingState => ({
  version: 1,
  listeners: new Map(
    config.listeners.map((listener) => [listener.name, listenerState(listener, socketsOf(listener.name))]),
  ),
  upstreams: new Map(config.upstreams.map((upstream) => [upstream.name, upstreamState(upstream)])),
  log: config.log,
  draining: undefined,
})

const listenerState = (listener: ListenerConfig, sockets: readonly number[]): ListenerState => {
  const { upstream, timeouts, access, maxConnections, onLimit, acceptProxyProtocol, inspect } = listener
  const arrivals = arrivalLimits(listener)
  return {
    upstream,
    timeouts,
    ...(access && { access }),
    maxConnections,
    ...(arrivals && { arrivals }),
    ...(onLimit === 'close' && { onLimit }),
    ...(acceptProxyProtocol !== 'off' && { acceptProxyProtocol: acceptedHeaders(acceptProxyProtocol) }),
    inspect,
    sockets,
  }
}

const arrivalLimits = (listener: ListenerConfig): ArrivalLimits | undefined => {
  const { maxConnectionsPerClient, connectionRate: rate, connectionRatePerClient: ratePerClient } = listener
  if (maxConnectionsPerClient === Infinity && !rate && !ratePerClient) return undefined
  return {
    connectionsPerClient: maxConnectionsPerClient,
    ...(rate && { rate }),
    ...(ratePerClient && { ratePerClient }),
  }
}

type AcceptConfig = ListenerConfig['acceptProxyProtocol']

const acceptedHeaders = ({ version, trusted }: Exclude<AcceptConfig, 'off'>): AcceptedHeaders => ({
  version,
  trusted: trusted && accessTable({ allow: trusted.map(parseNetwork), deny: undefined }),
})

/** Nothing is known of its names yet: the primary fills in their addresses (primary/names/). */
const upstreamState = ({ name: _, discover: __, servers, ...rest }: UpstreamConfig): UpstreamState => ({
  ...rest,
  servers: new Map(servers.flatMap((server) => serversOf(configuredServer(server), []))),
})

/** Sets the listener, or removes it if it is undefined. */
export const withListener = (state: ServingState, name: string, listener: ListenerState | undefined): ServingState => ({
  ...state,
  listeners: withEntry(state.listeners, name, listener),
})

/** Sets the upstream, or removes it if it is undefined. */
export const withUpstream = (state: ServingState, name: string, upstream: UpstreamState | undefined): ServingState => ({
  ...state,
  upstreams: withEntry(state.upstreams, name, upstream),
})

/** Sets the server, or removes it if it is undefined. Without such an upstream nothing changes. */
export const withServer = (
  state: ServingState,
  upstream: string,
  name: string,
  server: ServerState | undefined,
): ServingState => {
  const found = state.upstreams.get(upstream)
  if (found === undefined) return state
  return withUpstream(state, upstream, { ...found, servers: withEntry(found.servers, name, server) })
}

const withEntry = <Value>(entries: ReadonlyMap<string, Value>, name: string, value: Value | undefined) => {
  const changed = new Map(entries)
  if (value === undefined) changed.delete(name)
  else changed.set(name, value)
  return changed
}
