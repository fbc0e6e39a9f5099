import { isDeepStrictEqual } from 'node:util'
import type { Address } from '../config/fields/address.ts'
import type { HeaderVersion, ServerState, ServerStateName, UpstreamState } from '../serving/state.ts'
import { RoundRobin } from './balance/round-robin.ts'
import { Resolver } from './resolve.ts'

/** One server of an upstream. */
export class Server {
  /** As it is shown. */
  readonly name: string
  /** When it was last reached; `nowMs()`, 0 before that. */
  reachedMs = 0
  readonly #resolver: Resolver | undefined

  constructor(name: string, address: Address | undefined) {
    this.name = name
    this.#resolver = address && new Resolver(address)
  }

  /** Resolves its name ahead of the first client. */
  prepare(): void {
    this.#resolver?.prepare()
  }

  /** Synchronous, unless its name has never been resolved. */
  addresses(): readonly Address[] | Promise<readonly Address[]> {
    return this.#resolver?.addresses() ?? []
  }
}

interface PoolEntry {
  readonly server: Server
  readonly state: ServerState
}

/** What a pool follows of its upstream's state. */
type PoolState = Pick<UpstreamState, 'balance' | 'servers'> & Partial<Pick<UpstreamState, 'sendProxyProtocol'>>

/** The servers of one upstream, chosen in turn. It follows its state; a server that stays is the same object. */
export class Pool {
  readonly name: string
  /** The version of the PROXY header that its servers get first, where they get one. */
  sendsHeader: HeaderVersion | undefined
  #entries: ReadonlyMap<string, PoolEntry> = new Map()
  /** The servers that get new connections. */
  #inRotation: readonly Server[] = []
  #turns = new RoundRobin([], 0)
  #turnsTaken: number

  /** @param start where the turns begin: if all workers began with the first server they would flood it. */
  constructor(name: string, start: number) {
    this.name = name
    this.#turnsTaken = start
  }

  configure({ servers, sendProxyProtocol = 'off' }: PoolState): void {
    this.sendsHeader = sendProxyProtocol === 'off' ? undefined : sendProxyProtocol
    const before = this.#entries
    this.#entries = new Map(
      [...servers].map(([name, state]) => {
        const known = before.get(name)
        const stays = known !== undefined && isDeepStrictEqual(known.state.address, state.address)
        return [name, { server: stays ? known.server : new Server(name, state.address), state }]
      }),
    )
    const inState = (...states: readonly ServerStateName[]): PoolEntry[] =>
      [...this.#entries.values()].filter(({ state }) => state.weight > 0 && states.includes(state.state))
    const inRotation = inState('up', 'unchecked')
    // Dials to an ejected server failed, but one may succeed now: rather than nobody it is tried.
    const usable = inRotation.length > 0 ? inRotation : inState('ejected')
    for (const { server } of this.#entries.values()) server.prepare()
    this.#inRotation = usable.map(({ server }) => server)
    this.#turns = new RoundRobin(
      usable.map(({ state }) => state.weight),
      this.#turnsTaken,
    )
  }

  /** The server of that name, in rotation or not. */
  serverNamed(name: string): Server | undefined {
    return this.#entries.get(name)?.server
  }

  /** Every server that gets connections, once: the one whose turn it is, then the ones to fall back to. */
  candidates(): readonly Server[] {
    const servers = this.#inRotation
    if (servers.length < 2) return servers
    this.#turnsTaken += 1
    const first = this.#turns.next()
    return first === 0 ? servers : [...servers.slice(first), ...servers.slice(0, first)]
  }
}
