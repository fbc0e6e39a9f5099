import type { HeaderVersion, UpstreamState } from '../serving/state.ts'
import type { Balance } from './balance/balance.ts'
import { Balances } from './balance/balances.ts'
import { Queue, type Waiting } from './queue.ts'
import { Server, type Sharing } from './server.ts'
import { NOBODY } from './tickets.ts'
import { type PoolEntry, tiersOf } from './tiers.ts'

/** The servers of a tier that get connections, and how one of them is chosen. */
interface Choice {
  readonly tier: number
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
      tierFor: (tried) => this.#choiceFor(tried)?.tier,
      take: (client, tried, ticket) => this.choose(client, tried, ticket),
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
      tier: number,
      servers: usable,
      balance: this.#balances.of(number, balance, all),
    }))
    this.#isAnyLimited = entries.some(({ state }) => state.maxConnections < Number.POSITIVE_INFINITY)
    this.#slowStartMs = slowStartMs
    const inRotation = this.#choices.flatMap((choice) => choice.servers)
    this.#growing = inRotation
    this.#grow()
    this.retries = retries
    this.queueTimeoutMs = upstream.queue.timeoutMs
    this.needsClient = balance === 'sourceHash'
    const onRoom = upstream.queue.length > 0 ? () => this.#queue.look() : undefined
    for (const { server } of entries) server.onRoom = onRoom
    this.#queue.follow(upstream.queue, inRotation)
  }

  /** The server of that name, in rotation or not. */
  serverNamed(name: string): Server | undefined {
    return this.#servers.get(name)
  }

  /** For a client that comes now; it says since when it has been waiting for a server, if it must. */
  newTicket(): number {
    return this.#queue.newTicket()
  }

  /** Whether there is a server for a client that has tried these, be it full. */
  hasServer(tried: readonly Server[] = NO_TRIES): boolean {
    return this.#choiceFor(tried) !== undefined
  }

  /**
   * Chooses a server and takes a place at it, which the caller gives back. There is none where other clients wait that came
   * before. Full servers are no reason to go on to the next tier; servers that were tried are.
   *
   * @param client the address of the client without its port, if `needsClient`
   * @param tried none of these is chosen
   * @param ticket the client's; without one everybody who waits came before
   */
  choose(client: string, tried: readonly Server[] = NO_TRIES, ticket = NOBODY): Server | undefined {
    if (this.#growing.length > 0) this.#grow()
    const choice = this.#choiceFor(tried)
    if (choice === undefined) return undefined
    let candidates = this.#open(choice.servers, ticket)
    while (candidates.length > 0) {
      const chosen = choice.balance.choose(candidates, client)
      if (chosen.take()) return chosen
      // Another worker has just taken the last place.
      candidates = candidates.filter((server) => server !== chosen)
    }
    return undefined
  }

  /**
   * Waits for a place at a server that was not tried. Undefined where no more clients may wait.
   *
   * @param hasWaited whether the client has waited before: then it may again, however many do
   */
  wait(client: string, tried: readonly Server[], ticket = NOBODY, hasWaited = false): Waiting | undefined {
    return this.#queue.wait(client, tried, ticket, hasWaited)
  }

  /** What is left of the first tier of which anything is left. */
  #choiceFor(tried: readonly Server[]): Choice | undefined {
    if (tried.length === 0) return this.#choices[0]
    for (const choice of this.#choices) {
      const servers = choice.servers.filter((server) => !tried.includes(server))
      if (servers.length > 0) return { ...choice, servers }
    }
    return undefined
  }

  /** Those that have room for the client, and no others who wait for it. */
  #open(servers: readonly Server[], ticket: number): readonly Server[] {
    if (!this.#isAnyLimited) return servers
    if (!this.#queue.isUsed) return servers.filter(({ hasRoom }) => hasRoom)
    return servers.filter(({ hasRoom, tickets }) => hasRoom && tickets.isTurnOf(ticket))
  }

  #grow(): void {
    this.#growing = this.#growing.filter((server) => server.grow(this.#slowStartMs))
  }
}
