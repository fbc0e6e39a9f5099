import { isDeepStrictEqual } from 'node:util'
import type { UpstreamConfig } from '../../config/schema.ts'
import { configuredServer, discoveredServer, nameIn, serversOf } from '../../serving/servers-of.ts'
import type { ServerState } from '../../serving/state.ts'
import { type Discovery, stateOf } from './discovery.ts'
import { type DistinctServers, distinctServers } from './distinct-servers.ts'
import { FoundServers, type ServiceEvents } from './found-servers.ts'
import { allSettled, type HostQuestions } from './host-questions.ts'
import type { NoAnswer } from './resolve/answer.ts'
import { type ServersOnHosts, WatchedHosts } from './watched-hosts.ts'

/** The servers of an upstream by their names, and for those without an address the reason. */
export interface ResolvedServers {
  readonly servers: ReadonlyMap<string, ServerState>
  readonly unresolved: ReadonlyMap<string, string>
}

export interface UpstreamNamesParts {
  readonly hosts: HostQuestions
  readonly eventsOf: (service: string) => ServiceEvents
  /** Receives the servers when they may have changed. Returns whether they have. */
  onServers(resolved: ResolvedServers): boolean
  /** Receives the addresses that the config and the SRV records have more than once, when there are others than before. */
  onRepeated(addresses: readonly string[]): void
}

/** Follows the names of one upstream: those of its servers, and the SRV records in which it finds further ones. */
export class UpstreamNames {
  readonly #parts: UpstreamNamesParts
  readonly #watched: WatchedHosts
  readonly #configured: ServersOnHosts
  readonly #found: FoundServers | undefined
  #repeated: readonly string[] = []
  #revision = 0
  #updating: NodeJS.Immediate | undefined
  #isClosed = false
  /** News of many hosts come together at the start. */
  readonly #onNews = (): void => {
    this.#updating ??= setImmediate(() => this.#update())
  }

  /** Asks at once. */
  constructor({ servers, discover }: Pick<UpstreamConfig, 'servers' | 'discover'>, parts: UpstreamNamesParts) {
    this.#parts = parts
    const { dns, srv } = discover === 'off' ? {} : discover
    const named = dns === undefined ? [] : [discoveredServer({ address: dns, weight: 1, tier: 0 })]
    this.#watched = new WatchedHosts(parts.hosts, this.#onNews)
    this.#configured = this.#watched.watch([...servers.map(configuredServer), ...named])
    this.#found = srv === undefined ? undefined : new FoundServers(srv, parts.hosts, parts.eventsOf(srv), this.#onNews)
  }

  /** Resolves once every name was asked for; the servers are known then, as far as there were answers. */
  async settled(): Promise<void> {
    await Promise.all([allSettled(this.#configured.hosts), this.#found?.settled()])
    if (!this.#isClosed) this.#update()
  }

  /** For `/stats`; undefined if it has no name to follow. */
  get discovery(): Discovery | undefined {
    const questions = [...(this.#found?.questions ?? []), ...this.#configured.hosts]
    if (questions.length === 0) return undefined
    const { servers, unresolved } = this.#resolved(this.#distinct())
    return {
      source: this.#found ? 'srv' : 'dns',
      ...stateOf(questions),
      servers: servers.size - unresolved.size,
      revision: this.#revision,
    }
  }

  close(): void {
    this.#isClosed = true
    clearImmediate(this.#updating)
    this.#watched.keepOnly()
    this.#found?.close()
  }

  #update(): void {
    clearImmediate(this.#updating)
    this.#updating = undefined
    const distinct = this.#distinct()
    const { repeated } = distinct
    if (this.#parts.onServers(this.#resolved(distinct))) this.#revision += 1
    if (repeated.length > 0 && !isDeepStrictEqual(repeated, this.#repeated)) this.#parts.onRepeated(repeated)
    this.#repeated = repeated
  }

  #distinct(): DistinctServers {
    return distinctServers([...this.#configured.servers, ...(this.#found?.inUse.servers ?? [])])
  }

  #resolved({ servers: distinct }: DistinctServers): ResolvedServers {
    const servers = new Map<string, ServerState>()
    const unresolved = new Map<string, string>()
    for (const spec of distinct) {
      const host = nameIn(spec.address) ?? ''
      const question = this.#configured.hosts.get(host) ?? this.#found?.inUse.hosts.get(host)
      for (const [name, server] of serversOf(spec, question?.found ?? [])) {
        servers.set(name, server)
        if (server.address === undefined) unresolved.set(name, reasonOf(question?.failure))
      }
    }
    return { servers, unresolved }
  }
}

const reasonOf = (failure: NoAnswer | undefined): string =>
  failure === undefined ? 'its name is being resolved' : `its name does not resolve: ${failure.message}`
