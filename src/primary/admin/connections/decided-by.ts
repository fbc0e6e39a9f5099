import { formatDuration } from '../../../config/fields/duration.ts'
import { contains, readClient } from '../../../config/networks/contains.ts'
import { IpAddress } from '../../../config/networks/ip-address.ts'
import { parseNetwork } from '../../../config/networks/network.ts'
import { setOf } from '../../../config/networks/network-set.ts'
import { tableOf } from '../../../config/networks/network-table.ts'
import type { Config, ListenerConfig } from '../../../config/schema.ts'
import type { EndedDetail } from '../../../ipc/connection-parts.ts'
import type { Outcome } from '../../../proxy/outcome.ts'

/** What decided the end of a connection, and what to do if that was not wanted. */
export interface Decision {
  /** A path of the config: `listeners[0].timeouts.idle`. */
  readonly decidedBy: string
  /** A sentence. */
  readonly advice: string
}

/** A key of the config, and what to do about it: the sentence ends with its path, and the value that it should have. */
interface Decider {
  readonly of: 'listeners' | 'upstreams' | 'program'
  readonly key: string
  readonly wish: string
  readonly better?: string
}

const listeners = (key: string, wish: string): Decider => ({ of: 'listeners', key, wish })
const upstreams = (key: string, wish: string): Decider => ({ of: 'upstreams', key, wish })

const MORE_PLACES = 'add servers, raise their maxConnections, or raise'

/** Of `denied` and `overLimit` it depends on the connection. */
const DECIDERS: Partial<Record<Outcome, Decider>> = {
  idleTimeout: listeners('timeouts.idle', 'have one side send something more often, or raise'),
  stallTimeout: listeners('timeouts.stall', 'find out why that side did not read, or raise'),
  halfCloseTimeout: listeners('timeouts.halfClose', 'find out why the other side did not end, or raise'),
  maxAge: listeners('timeouts.maxAge', 'raise'),
  prereadTimeout: listeners('timeouts.preread', 'find out why the client did not send its header, or raise'),
  dialTimeout: listeners('timeouts.connect', 'look at the servers and the network to them, or raise'),
  queueTimeout: upstreams('queue.timeout', MORE_PLACES),
  badProxyHeader: listeners('acceptProxyProtocol', 'look at who connects and what they send, or change'),
  blocked: listeners('inspect', 'look at the inspector, or change'),
  inspectionFailed: listeners('inspect', 'look at the inspector, or change'),
  serverDown: { ...upstreams('onServerDown', 'set'), better: 'to keep' },
  drained: { of: 'program', key: 'drainTimeout', wish: 'raise' },
}

/** Undefined where no key of the config decided it. */
export const decisionOn = (ended: EndedDetail, config: Config): Decision | undefined => {
  const decider = deciderOf(ended, config)
  if (decider === undefined) return undefined
  const { of, key, wish, better } = decider
  const place = of === 'program' ? '' : pathIn(of, ended, config)
  // A reload may have removed it.
  if (place === undefined) return undefined
  const decidedBy = [place, key].filter((part) => part !== '').join('.')
  const value = valueAt(decidedBy, config)
  const end = better ? ` ${better}` : value === undefined ? '' : `, which is ${value}`
  return { decidedBy, advice: `If that was not wanted, ${wish} ${decidedBy}${end}.` }
}

/** A duration or a number, as one writes it; undefined for others. It may have been another one when the connection ended. */
const valueAt = (path: string, config: Config): string | undefined => {
  const keys = path.split(/[.[\]]+/)
  const last = keys.pop() ?? ''
  let place: unknown = config
  for (const key of keys) place = (place as Record<string, unknown> | undefined)?.[key]
  const { [`${last}Ms`]: ms, [last]: value } = (place ?? {}) as Record<string, unknown>
  if (typeof ms === 'number') return formatDuration(ms)
  return typeof value === 'number' ? String(value) : undefined
}

const pathIn = (part: 'listeners' | 'upstreams', ended: EndedDetail, config: Config): string | undefined => {
  const name = part === 'listeners' ? ended.listener : ended.upstream
  const index = config[part].findIndex((each) => each.name === name)
  return index < 0 ? undefined : `${part}[${index}]`
}

const deciderOf = (
  { client, limit, listener, outcome, upstream }: EndedDetail,
  config: Config,
): Decider | undefined => {
  if (outcome === 'denied') {
    const lists = config.listeners.find(({ name }) => name === listener)
    return listeners(listThatDenies(lists, client), 'change')
  }
  if (outcome !== 'overLimit') return DECIDERS[outcome]
  if (limit !== undefined) return listeners(limit, 'raise')
  const { queue } = config.upstreams.find(({ name }) => name === upstream) ?? {}
  return (queue?.length ?? 0) > 0
    ? upstreams('queue.length', MORE_PLACES)
    : upstreams('servers', 'raise maxConnections of')
}

/** The key of the listener whose list refuses the client; empty where files are read and it may be either. */
const listThatDenies = (
  { allow, allowFile, deny = [], denyFile }: Partial<ListenerConfig> = {},
  client: string,
): string => {
  if (isIn(deny, client)) return 'deny'
  if (allow === undefined && allowFile === undefined) return 'denyFile'
  if (denyFile !== undefined) return ''
  return allow === undefined ? 'allowFile' : 'allow'
}

/** @param client with its port */
const isIn = (networks: readonly string[], client: string): boolean => {
  const address = new IpAddress()
  return readClient(client, address) && contains(tableOf(setOf(networks.map(parseNetwork))), address)
}
