import type { Random } from '../plan/random.ts'
import type { Config, ListenerConfig, UpstreamConfig } from '../proxy/config.ts'

/** Everybody's address that the soak uses, and nobody's: who is admitted stays the same. */
const ALLOWED = [{}, { allow: ['127.0.0.0/8', '::1/128'] }, { allow: ['0.0.0.0/0', '::/0'] }]
const DENIED = [{}, { deny: ['192.0.2.0/24'] }, { deny: ['192.0.2.0/24', '2001:db8::/32'] }]
/** Longer than any connection of the soak. */
const HOURS = ['1h', '2h', '3h']

/**
 * The config with changes that no client or server may notice: weights, clocks, access lists, a listener that comes and
 * goes, the log, and the order of everything.
 */
export const changed = (config: Config, random: Random): Config => {
  const { listeners, upstreams, log } = config
  const accessToo = random.pick<Config['log']['access']>([true, { sample: 1 }, { file: log.file }])
  return {
    ...config,
    drainTimeout: random.pick(HOURS),
    log: { ...log, level: random.pick(['info', 'debug']), access: accessToo },
    listeners: shuffled(
      [...listeners.map((one) => changedListener(one, random)), ...newcomers(config, random)],
      random,
    ),
    upstreams: shuffled(
      upstreams.map((one) => changedUpstream(one, random)),
      random,
    ),
  }
}

const changedListener = (listener: ListenerConfig, random: Random): ListenerConfig => ({
  ...listener,
  timeouts: { ...listener.timeouts, idle: random.pick(HOURS), stall: random.pick(HOURS) },
  // Clients of unix sockets are in no network.
  ...(!listener.listen.startsWith('unix:') &&
    listener.allow === undefined && {
      ...random.pick(ALLOWED),
      ...random.pick(DENIED),
    }),
})

const changedUpstream = (upstream: UpstreamConfig, random: Random): UpstreamConfig => ({
  ...upstream,
  servers: upstream.servers.map((server) => ({
    ...(typeof server === 'string' ? { address: server } : server),
    weight: random.between(1, 5),
  })),
})

/** Up to two listeners that the config does not have otherwise. */
const newcomers = ({ upstreams }: Config, random: Random): ListenerConfig[] =>
  ['newcomer-1', 'newcomer-2']
    .filter(() => random.next() < 0.5)
    .map((name) => ({ name, listen: '127.0.0.1:0', upstream: random.pick(upstreams).name }))

const shuffled = <Item>(items: readonly Item[], random: Random): Item[] =>
  items
    .map((item) => ({ item, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
