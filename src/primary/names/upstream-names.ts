import { isDeepStrictEqual } from 'node:util'
import type { UpstreamConfig } from '../../config/schema.ts'
import { configuredServer, discoveredServer, nameIn, type ServerSpec, serversOf } from '../../serving/servers-of.ts'
import type { ServerState } from '../../serving/state.ts'
import { NoAnswer } from './answer.ts'
import { askServices } from './ask-dns.ts'
import { type Discovery, stateOf } from './discovery.ts'
import { type DistinctServers, distinctServers } from './distinct-servers.ts'
import { allSettled, type HostQuestion, type HostQuestions, settledWithin } from './host-questions.ts'
import { type QuestionEvents, RepeatedQuestion } from './repeated-question.ts'
import { serversIn } from './srv-records.ts'

/** The servers of an upstream by their names, and for those without an address the reason. */
export interface ResolvedServers {
  readonly servers: ReadonlyMap<string, ServerState>
  readonly unresolved: ReadonlyMap<string, string>
}

export interface UpstreamNamesParts {
  readonly hosts: HostQuestions
  readonly eventsOf: (service: string) => QuestionEvents
  /** Receives the servers when they may have changed. Returns whether they have. */
  onServers(resolved: ResolvedServers): boolean
  /** Receives the addresses that the config and the SRV records have more than once, when there are others than before. */
  onRepeated(addresses: readonly string[]): void
}

/** Follows the names of one upstream: those of its servers, and the SRV records in which it finds further ones. */
export class UpstreamNames {
  readonly #parts: UpstreamNamesParts
  readonly #configured: readonly ServerSpec[]
  readonly #service: { name: string; question: RepeatedQuestion<readonly ServerSpec[]> } | undefined
  /** The servers of the last SRV records. */
  #found: readonly ServerSpec[] = []
  /** Those, after the configured ones. */
  #inUse: DistinctServers
  /** The hosts of all servers. */
  #hosts: ReadonlyMap<string, HostQuestion>
  /** Those, and the hosts of servers that are about to be used. */
  readonly #watched = new Set<string>()
  #revision = 0
  #updating: NodeJS.Immediate | undefined
  #isClosed = false
  /** News of many hosts come together at the start. */
  readonly #onHostNews = (): void => {
    this.#updating ??= setImmediate(() => this.#update())
  }

  /** Asks at once. */
  constructor({ servers, discover }: Pick<UpstreamConfig, 'servers' | 'discover'>, parts: UpstreamNamesParts) {
    this.#parts = parts
    const { dns, srv } = discover === 'off' ? {} : discover
    const named = dns === undefined ? [] : [discoveredServer({ address: dns, weight: 1, tier: 0 })]
    this.#configured = [...servers.map(configuredServer), ...named]
    this.#inUse = distinctServers(this.#configured)
    this.#hosts = this.#watch([])
    if (srv === undefined) return
    this.#service = { name: srv, question: new RepeatedQuestion(() => findServers(srv), parts.eventsOf(srv)) }
    this.#service.question.watch(() => void this.#adopt())
  }

  /** Resolves once every name was asked for; the servers are known then, as far as there were answers. */
  async settled(): Promise<void> {
    if (this.#service) {
      await this.#service.question.settled
      await this.#adopt()
    }
    await allSettled(this.#hosts)
    if (!this.#isClosed) this.#update()
  }

  /** For `/stats`; undefined if it has no name to follow. */
  get discovery(): Discovery | undefined {
    const service = this.#service
    const questions = [...(service ? [[service.name, service.question] as const] : []), ...this.#hosts]
    if (questions.length === 0) return undefined
    const { servers, unresolved } = this.#resolved()
    return {
      source: service ? 'srv' : 'dns',
      ...stateOf(questions),
      servers: servers.size - unresolved.size,
      revision: this.#revision,
    }
  }

  close(): void {
    this.#isClosed = true
    clearImmediate(this.#updating)
    this.#service?.question.close()
    for (const host of this.#watched) this.#parts.hosts.unwatch(host, this.#onHostNews)
  }

  /**
   * Goes over to the servers of the newest SRV records, once all their hosts were asked for: until then the old ones serve.
   * Where there are none, nobody waits for long.
   */
  async #adopt(): Promise<void> {
    const newest = () => this.#service?.question.found ?? NONE
    const found = newest()
    const hosts = this.#watch(found)
    await settledWithin(this.#found.length > 0 ? HOSTS_WITHIN_MS : FIRST_HOSTS_WITHIN_MS, allSettled(hosts))
    if (this.#isClosed || newest() !== found) return
    this.#found = found
    this.#hosts = hosts
    this.#use(distinctServers([...this.#configured, ...found]))
    for (const host of this.#watched) {
      if (hosts.has(host)) continue
      this.#watched.delete(host)
      this.#parts.hosts.unwatch(host, this.#onHostNews)
    }
    this.#update()
  }

  #use(servers: DistinctServers): void {
    const { repeated } = this.#inUse
    this.#inUse = servers
    if (servers.repeated.length > 0 && !isDeepStrictEqual(servers.repeated, repeated))
      this.#parts.onRepeated(servers.repeated)
  }

  /** The questions for the hosts of the configured servers and of those that were found. */
  #watch(found: readonly ServerSpec[]): ReadonlyMap<string, HostQuestion> {
    const names = new Set([...this.#configured, ...found].flatMap(({ address }) => nameIn(address) ?? []))
    for (const name of names) this.#watched.add(name)
    return new Map([...names].map((name) => [name, this.#parts.hosts.watch(name, this.#onHostNews)]))
  }

  #update(): void {
    clearImmediate(this.#updating)
    this.#updating = undefined
    if (this.#parts.onServers(this.#resolved())) this.#revision += 1
  }

  #resolved(): ResolvedServers {
    const servers = new Map<string, ServerState>()
    const unresolved = new Map<string, string>()
    for (const spec of this.#inUse.servers) {
      const question = this.#hosts.get(nameIn(spec.address) ?? '')
      for (const [name, server] of serversOf(spec, question?.found ?? [])) {
        servers.set(name, server)
        if (server.address === undefined) unresolved.set(name, reasonOf(question?.failure))
      }
    }
    return { servers, unresolved }
  }
}

const NONE: readonly ServerSpec[] = []

/** Far more than it takes to ask for a name. */
const HOSTS_WITHIN_MS = 60_000
const FIRST_HOSTS_WITHIN_MS = 500

const reasonOf = (failure: NoAnswer | undefined): string =>
  failure === undefined ? 'its name is being resolved' : `its name does not resolve: ${failure.message}`

/** @throws {NoAnswer} if there is none: an upstream does not lose all its servers because its records are gone */
const findServers = async (service: string) => {
  const { found, keepMs } = await askServices(service)
  const servers = serversIn(found)
  if (servers.length === 0) throw new NoAnswer('ENODATA')
  return { found: servers, keepMs }
}
