import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { someOf } from '../../config/problems/show.ts'
import type { UpstreamConfig } from '../../config/schema.ts'
import type { ServerRoster } from '../servers/roster.ts'
import type { Discovery } from './discovery.ts'
import type { ServiceEvents } from './found-servers.ts'
import { HostQuestions, settledWithin } from './host-questions.ts'
import type { QuestionEvents } from './repeated-question.ts'
import { UpstreamNames } from './upstream-names.ts'

/** What of an upstream its names are found in. */
type NamingConfig = Pick<UpstreamConfig, 'servers' | 'discover'>

/**
 * Keeps the servers of all upstreams in step with the names that stand for them. Names are asked for here, once for all
 * workers: they only get addresses.
 */
export class Names {
  readonly #roster: ServerRoster
  readonly #logger: Logger
  readonly #hosts: HostQuestions
  readonly #upstreams = new Map<string, { readonly config: NamingConfig; readonly names: UpstreamNames }>()

  /** Asks at once. */
  constructor(upstreams: readonly UpstreamConfig[], roster: ServerRoster, logger: Logger) {
    this.#roster = roster
    this.#logger = logger
    this.#hosts = new HostQuestions((host) => eventsOf(host, 'addresses', logger))
    this.follow(upstreams)
  }

  /** Follows the names of these upstreams from now on, which must be served. Where they stay nothing is asked anew. */
  follow(upstreams: readonly UpstreamConfig[]): void {
    const left = new Map(this.#upstreams)
    for (const { name, servers, discover } of upstreams) {
      const [before, config] = [left.get(name), { servers, discover }]
      left.delete(name)
      if (before && isDeepStrictEqual(before.config, config)) continue
      // The new one comes first: a host that both have is not asked for anew.
      this.#upstreams.set(name, { config, names: this.#namesOf(name, config) })
      before?.names.close()
    }
    for (const [name, { names }] of left) {
      this.#upstreams.delete(name)
      names.close()
    }
  }

  /** Resolves once every name was asked for, or that has taken too long: names may get their addresses later. */
  settled(withinMs: number): Promise<void> {
    return settledWithin(withinMs, Promise.all([...this.#upstreams.values()].map(({ names }) => names.settled())))
  }

  /** How finding the servers of an upstream goes; undefined if it has no names. */
  discoveryOf(upstream: string): Discovery | undefined {
    return this.#upstreams.get(upstream)?.names.discovery
  }

  close(): void {
    for (const { names } of this.#upstreams.values()) names.close()
  }

  #namesOf(upstream: string, config: NamingConfig): UpstreamNames {
    return new UpstreamNames(config, {
      hosts: this.#hosts,
      eventsOf: (service) => serviceEventsOf(upstream, service, this.#logger),
      onServers: ({ servers, unresolved }) => {
        const hasChanged = this.#roster.setServers(upstream, servers)
        for (const [server, unresolvedBecause] of unresolved)
          this.#roster.learn(upstream, server, { unresolvedBecause })
        return hasChanged
      },
      onRepeated: (servers) => sayRepeated(upstream, servers, this.#logger),
    })
  }
}

const sayRepeated = (upstream: string, servers: readonly string[], logger: Logger): void =>
  logger.warn(
    { upstream, servers },
    `upstream ${upstream} has ${someOf(servers)} more than once; each counts as it is in the config, ` +
      'else by its SRV record of the lowest priority',
  )

const eventsOf = (name: string, what: 'addresses' | 'servers', logger: Logger): QuestionEvents => ({
  onFailing: ({ code, message }, hadAnswer) => {
    const meanwhile = hadAnswer ? `the last ${what} stay in use` : `there are no ${what} until it does`
    logger.warn({ name, error: code }, `name ${name} does not resolve: ${message}; ${meanwhile}`)
  },
  onAnswered: (hadAnswer) => logger.info({ name }, `name ${name} resolves ${hadAnswer ? 'again' : 'now'}`),
})

const serviceEventsOf = (upstream: string, service: string, logger: Logger): ServiceEvents => ({
  ...eventsOf(service, 'servers', logger),
  onUnusable: () =>
    logger.warn(
      { upstream, name: service },
      `upstream ${upstream} keeps its last servers: no target of the new SRV records ${service} has an address`,
    ),
  onUsable: () =>
    logger.info({ upstream, name: service }, `upstream ${upstream} uses the SRV records ${service} again`),
})
