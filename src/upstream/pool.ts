import type { HeaderVersion, UpstreamState } from '../serving/state.ts'
import type { Balance } from './balance/balance.ts'
import { Balances } from './balance/balances.ts'
import { Queue, type Waiting } from './queue.ts'
import { Server, type Sharing } from './server.ts'
import { type PoolEntry, tiersOf } from './tiers.ts'

/** The servers of a tier that get connections, and how one of them is chosen. */
interface Choice {
  readonly servers: readonly Server[]
  readonly balance: Balance<Server>
}

const NO_TRIES: readonly Server[] = []

/**
 * The servers of one upstream, of which one is chosen for each connection. It follows its state; a server that stays is the
 * same object.
 */
export class Pool {
  readonly name: string
  /** The version of the PROXY header that its servers get first, where they get one. */
  sendsHeader: HeaderVersion | undefined
  /** How many further servers may be tried for a client. */
  retries = 0
  queueTimeoutMs = 0
  /** Whether the choice depends on the client's address: else nobody needs to find it out. */
  needsClient = false
  readonly #sharing: Sharing
  readonly #balances: Balances<Server>
  readonly #queue: Queue
  #servers: ReadonlyMap<string, Server> = new Map()
  /** One per tier that has servers in rotation. */
  #choices: readonly Choice[] = []
  #isAnyLimited = false
  #growing: readonly Server[] = []
  #slowStartMs = Number.POSITIVE_INFINITY

  /** @param start where the turns begin: if all workers began with the first server they would flood it */
  constructor(name: string, start: number, sharing: Sharing) {
    this.name = name
    this.#sharing = sharing
    this.#balances = new Balances(start)
    this.#queue = new Queue(sharing, {
      hasRoom: () => this.#hasRoom(),
      take: (client, tried) => this.#take(client, tried),
    })
  }

  configure(upstream: UpstreamState): void {
    const { balance, retries, slowStartMs, servers } = upstream
    this.sendsHeader = upstream.sendProxyProtocol === 'off' ? undefined : upstream.sendProxyProtocol
    const before = this.#servers
    const entries = [...servers].map(([name, state]): PoolEntry => {
      const server = before.get(name) ?? new Server(name, this.#sharing)
      server.follow(state)
      return { server, state }
    })
    this.#servers = new Map(entries.map(({ server }) => [server.name, server]))
    this.#choices = tiersOf(entries).map(({ number, usable, all }) => ({
      servers: usable,
      balance: this.#balances.of(number, balance, all),
    }))
    this.#isAnyLimited = entries.some(({ state }) => state.maxConnections < Number.POSITIVE_INFINITY)
    this.#slowStartMs = slowStartMs
    this.#growing = this.#choices.flatMap((choice) => choice.servers)
    this.#grow()
    this.retries = retries
    this.queueTimeoutMs = upstream.queue.timeoutMs
    this.needsClient = balance === 'sourceHash'
    this.#queue.follow(upstream.queue)
    const onRoom = upstream.queue.length > 0 ? () => this.#queue.look() : undefined
    for (const { server } of entries) server.onRoom = onRoom
    this.#queue.look()
  }

  /** The server of that name, in rotation or not. */
  serverNamed(name: string): Server | undefined {
    return this.#servers.get(name)
  }

  /** Whether there is a server that gets connections, be it full. */
  get hasServers(): boolean {
    return this.#choices.length > 0
  }

  /**
   * Chooses a server and takes a place at it, which the caller gives back. While other clients wait there is none for a new
   * one. Full servers are no reason to go on to the next tier; servers that were tried are.
   *
   * @param client the address of the client without its port, if `needsClient`
   * @param tried none of these is chosen
   */
  choose(client: string, tried: readonly Server[] = NO_TRIES): Server | undefined {
    return this.#queue.isUsed ? undefined : this.#take(client, tried)
  }

  /** Waits for a place at a server. Undefined where no more clients may wait, or no server is left that was not tried. */
  wait(client: string, tried: readonly Server[]): Waiting | undefined {
    const isLeft = this.#choices.some(({ servers }) => servers.some((server) => !tried.includes(server)))
    return isLeft ? this.#queue.wait(client, tried) : undefined
  }

  #take(client: string, tried: readonly Server[]): Server | undefined {
    if (this.#growing.length > 0) this.#grow()
    for (const { servers, balance } of this.#choices) {
      const untried = tried.length === 0 ? servers : servers.filter((server) => !tried.includes(server))
      if (untried.length === 0) continue
      let candidates = this.#isAnyLimited ? untried.filter(({ hasRoom }) => hasRoom) : untried
      while (candidates.length > 0) {
        const chosen = balance.choose(candidates, client)
        if (chosen.take()) return chosen
        // Another worker has just taken the last place.
        candidates = candidates.filter((server) => server !== chosen)
      }
      return undefined
    }
    return undefined
  }

  #hasRoom(): boolean {
    return this.#choices[0]?.servers.some(({ hasRoom }) => hasRoom) ?? false
  }

  #grow(): void {
    this.#growing = this.#growing.filter((server) => server.grow(this.#slowStartMs))
  }
}
