import { parseNetwork } from '../../config/networks/network.ts'
import type { Config, ListenerConfig } from '../../config/schema.ts'
import type { EndedDetail } from '../../ipc/connection-parts.ts'

/** What decided the end of a connection, and what to do if that was not wanted. */
export interface Decision {
  /** A path of the config: `listeners[0].timeouts.idle`. */
  readonly decidedBy: string
  /** A sentence. */
  readonly advice: string
}

/** Undefined where no key of the config decided it. */
export const decisionOn = (ended: EndedDetail, config: Config): Decision | undefined => {
  const listener = config.listeners.findIndex(({ name }) => name === ended.listener)
  const upstream = config.upstreams.findIndex(({ name }) => name === ended.upstream)
  const ofListener = (key: string) => `listeners[${listener}]${key && `.${key}`}`
  const ofUpstream = (key: string) => `upstreams[${upstream}].${key}`
  const decided = (decidedBy: string, wish: string): Decision => ({
    decidedBy,
    advice: `If that was not wanted, ${wish} ${decidedBy}.`,
  })
  switch (ended.outcome) {
    case 'idleTimeout':
      return decided(ofListener('timeouts.idle'), 'have one side send something more often, or raise')
    case 'stallTimeout':
      return decided(ofListener('timeouts.stall'), 'find out why that side did not read, or raise')
    case 'halfCloseTimeout':
      return decided(ofListener('timeouts.halfClose'), 'find out why the other side did not end, or raise')
    case 'maxAge':
      return decided(ofListener('timeouts.maxAge'), 'raise')
    case 'prereadTimeout':
      return decided(ofListener('timeouts.preread'), 'find out why the client did not send its header, or raise')
    case 'dialTimeout':
      return decided(ofListener('timeouts.connect'), 'look at the servers and the network to them, or raise')
    case 'queueTimeout':
      return decided(ofUpstream('queue.timeout'), 'add servers, raise their maxConnections, or raise')
    case 'denied':
      return decided(ofListener(listThatDenies(config.listeners[listener], ended.client)), 'change')
    case 'overLimit':
      if (ended.limit !== undefined) return decided(ofListener(ended.limit), 'raise')
      return (config.upstreams[upstream]?.queue.length ?? 0) > 0
        ? decided(ofUpstream('queue.length'), 'add servers, raise their maxConnections, or raise')
        : decided(ofUpstream('servers'), 'raise maxConnections of')
    case 'badProxyHeader':
      return decided(ofListener('acceptProxyProtocol'), 'look at who connects and what they send, or change')
    case 'blocked':
    case 'inspectionFailed':
      return decided(ofListener('inspect'), 'look at the inspector, or change')
    case 'serverDown':
      return decided(ofUpstream('onServerDown'), 'set to keep')
    case 'drained':
      return decided('drainTimeout', 'raise')
    default:
      return undefined
  }
}

/** The key of the listener whose list refuses the client; empty where files are read and it may be either. */
const listThatDenies = (
  { allow, allowFile, deny = [], denyFile }: Partial<ListenerConfig> = {},
  client: string,
): string => {
  if (deny.some((network) => contains(network, client))) return 'deny'
  if (allow === undefined && allowFile === undefined) return 'denyFile'
  if (denyFile !== undefined) return ''
  return allow === undefined ? 'allowFile' : 'allow'
}

/** @param client with its port */
const contains = (network: string, client: string): boolean => {
  try {
    const [wide, narrow] = [network, hostOf(client)].map(parseNetwork)
    if (wide && narrow && 'ipv4' in wide && 'ipv4' in narrow)
      return wide.ipv4.first <= narrow.ipv4.first && narrow.ipv4.last <= wide.ipv4.last
    if (wide && narrow && 'ipv6' in wide && 'ipv6' in narrow)
      return wide.ipv6.first <= narrow.ipv6.first && narrow.ipv6.last <= wide.ipv6.last
    return false
  } catch {
    // A client of a unix socket has no address.
    return false
  }
}

const hostOf = (client: string): string =>
  client
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/%.*/, '')
