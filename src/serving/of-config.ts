/** The serving state that follows from a config, at the start and after a reload. */
import { isDeepStrictEqual } from 'node:util'
import { formatAddress } from '../config/fields/address.ts'
import { accessTable } from '../config/networks/access-table.ts'
import { parseNetwork } from '../config/networks/network.ts'
import type { Config, ListenerConfig, UpstreamConfig } from '../config/schema.ts'
import { configuredServer, nameIn, serversOf } from './servers-of.ts'
import type { AcceptedHeaders, ArrivalLimits, ListenerState, ServingState, UpstreamState } from './state.ts'

/** The numbers of the sockets that are open for a listener. */
type SocketsOf = (listener: string) => readonly number[]

/** The first state. */
export const stateOf = (config: Config, socketsOf: SocketsOf): ServingState => ({
  version: 1,
  listeners: new Map(
    config.listeners.map((listener) => [listener.name, listenerState(listener, socketsOf(listener.name))]),
  ),
  upstreams: new Map(config.upstreams.map((upstream) => [upstream.name, upstreamState(upstream)])),
  log: config.log,
  draining: undefined,
})

/**
 * The state after another config. What both configs have stays as it is. Servers that were found by a name of the upstream
 * stay until its names have been resolved anew (primary/names/).
 */
export const withConfig = (state: ServingState, before: Config, after: Config, socketsOf: SocketsOf): ServingState => ({
  ...state,
  listeners: new Map(
    after.listeners.map((listener) => {
      const { name } = listener
      const [served, sockets] = [state.listeners.get(name), socketsOf(name)]
      const stays = isSame(named(before.listeners, name), listener) && isSame(served?.sockets, sockets)
      return [name, served && stays ? served : listenerState(listener, sockets)]
    }),
  ),
  upstreams: new Map(
    after.upstreams.map((upstream) => {
      const { name } = upstream
      const [served, earlier] = [state.upstreams.get(name), named(before.upstreams, name)]
      if (served === undefined || earlier === undefined) return [name, upstreamState(upstream)]
      return [name, isSame(earlier, upstream) ? served : upstreamAfter(served, earlier, upstream)]
    }),
  ),
  // An operator may have set another one by hand.
  log: before.log.level === after.log.level ? { ...after.log, level: state.log.level } : after.log,
})

const named = <Entry extends { readonly name: string }>(entries: readonly Entry[], name: string): Entry | undefined =>
  entries.find((entry) => entry.name === name)

const isSame = isDeepStrictEqual

const upstreamAfter = (served: UpstreamState, before: UpstreamConfig, after: UpstreamConfig): UpstreamState => {
  const fresh = upstreamState(after)
  if (!hasNames(after)) return fresh
  const written = new Set(before.servers.map(({ address }) => formatAddress(address)))
  const found = [...served.servers].filter(([name]) => !written.has(name))
  const isFound = (name: string): boolean => found.some(([other]) => other.startsWith(`${name}@`))
  const fixed = [...fresh.servers].filter(([name, { address }]) => address !== undefined || !isFound(name))
  return { ...fresh, servers: new Map([...fixed, ...found]) }
}

const hasNames = ({ servers, discover }: UpstreamConfig): boolean =>
  discover !== 'off' || servers.some(({ address }) => nameIn(address) !== undefined)

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
