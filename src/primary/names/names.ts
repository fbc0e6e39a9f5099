import type { Logger } from 'pino'
import { someOf } from '../../config/problems/show.ts'
import type { UpstreamConfig } from '../../config/schema.ts'
import type { ServerRoster } from '../servers/roster.ts'
import type { Discovery } from './discovery.ts'
import type { ServiceEvents } from './found-servers.ts'
import { HostQuestions, settledWithin } from './host-questions.ts'
import type { QuestionEvents } from './repeated-question.ts'
import { UpstreamNames } from './upstream-names.ts'

/**
 * Keeps the servers of all upstreams in step with the names that stand for them. Names are asked for here, once for all
 * workers: they only get addresses.
 */
export class Names {
  readonly #upstreams: ReadonlyMap<string, UpstreamNames>

  /** Asks at once. */
  constructor(upstreams: readonly UpstreamConfig[], roster: ServerRoster, logger: Logger) {
    const hosts = new HostQuestions((host) => eventsOf(host, 'addresses', logger))
    this.#upstreams = new Map(
      upstreams.map((config) => [
        config.name,
        new UpstreamNames(config, {
          hosts,
          eventsOf: (service) => serviceEventsOf(config.name, service, logger),
          onServers: ({ servers, unresolved }) => {
            const hasChanged = roster.setServers(config.name, servers)
            for (const [server, unresolvedBecause] of unresolved)
              roster.learn(config.name, server, { unresolvedBecause })
            return hasChanged
          },
          onRepeated: (servers) => sayRepeated(config.name, servers, logger),
        }),
      ]),
    )
  }

  /** Resolves once every name was asked for, or that has taken too long: names may get their addresses later. */
  settled(withinMs: number): Promise<void> {
    return settledWithin(withinMs, Promise.all([...this.#upstreams.values()].map((upstream) => upstream.settled())))
  }

  /** How finding the servers of an upstream goes; undefined if it has no names. */
  discoveryOf(upstream: string): Discovery | undefined {
    return this.#upstreams.get(upstream)?.discovery
  }

  close(): void {
    for (const upstream of this.#upstreams.values()) upstream.close()
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
