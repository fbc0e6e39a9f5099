import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { someOf } from '../../config/problems/show.ts'
import { withServer, withUpstream } from '../../serving/edits.ts'
import type { ServerState, ServingState } from '../../serving/state.ts'
import type { Totals } from '../../stats/totals.ts'
import type { StateOwner } from '../state-owner.ts'
import { NOTHING_LEARNT, type ServerFacts, type StateAndReason, stateFrom } from './server-facts.ts'

/** One server as the primary knows it. */
export interface RosterEntry extends StateAndReason {
  readonly upstream: string
  readonly server: string
  readonly facts: ServerFacts
}

/**
 * What the primary knows of each server, and from it the server's state. Every source (checks, ejection, names, an
 * operator) only reports what it has learnt; the change of state that follows is served, logged once and counted here.
 */
export class ServerRoster {
  readonly #owner: StateOwner
  readonly #logger: Logger
  readonly #counts: Totals
  readonly #entries = new Map<string, Map<string, RosterEntry>>()

  /** @param counts where changes of state are counted */
  constructor(owner: StateOwner, logger: Logger, counts: Totals) {
    this.#owner = owner
    this.#logger = logger
    this.#counts = counts
  }

  /** Undefined if the serving state has no such server. */
  get(upstream: string, server: string): RosterEntry | undefined {
    const served = servedIn(this.#owner.state, upstream, server)
    if (served === undefined) return undefined
    const known = this.#entries.get(upstream)?.get(server)
    return known ?? { upstream, server, facts: NOTHING_LEARNT, ...this.#stateFrom(NOTHING_LEARNT, served, upstream) }
  }

  /** Takes in what was learnt of a server. Returns false if there is no such server. */
  learn(upstream: string, server: string, learnt: Partial<ServerFacts>): boolean {
    const before = this.get(upstream, server)
    const served = servedIn(this.#owner.state, upstream, server)
    if (before === undefined || served === undefined) return false
    const facts = { ...before.facts, ...learnt }
    const after = { upstream, server, facts, ...this.#stateFrom(facts, served, upstream) }
    this.#keep(after)
    if (after.state === served.state) return true
    this.#owner.edit((state) => withServer(state, upstream, server, { ...served, state: after.state }))
    this.#count(after)
    this.#say(after, served.state)
    return true
  }

  /**
   * Replaces the servers of an upstream. Those that stay, and those that return after an operator has set them, keep what
   * was learnt of them; their states follow from that, whatever is given.
   *
   * @returns whether anything has changed
   */
  setServers(upstream: string, servers: ReadonlyMap<string, ServerState>): boolean {
    const served = this.#owner.state.upstreams.get(upstream)
    if (served === undefined) return false
    const before = served.servers
    const after = new Map(
      [...servers].map(([name, server]) => {
        const facts = this.#entries.get(upstream)?.get(name)?.facts ?? NOTHING_LEARNT
        return [name, { ...before.get(name), ...server, state: stateFrom(facts, server, served).state }]
      }),
    )
    if (isDeepStrictEqual(before, after)) return false
    this.#owner.edit((state) => withUpstream(state, upstream, { ...served, servers: after }))
    this.#sayServers(upstream, before, after)
    return true
  }

  /** The state, with the states of servers as they follow from what was learnt: whoever edits it need not know that. */
  complete(state: ServingState): ServingState {
    let completed = state
    for (const [upstream, entries] of this.#entries) {
      if (state.upstreams.get(upstream) === this.#owner.state.upstreams.get(upstream)) continue
      for (const [server, { facts }] of entries) {
        const served = servedIn(state, upstream, server)
        if (served === undefined) continue
        const { state: following } = stateFrom(facts, served, state.upstreams.get(upstream))
        if (following !== served.state)
          completed = withServer(completed, upstream, server, { ...served, state: following })
      }
    }
    return completed
  }

  /**
   * Forgets what was learnt of servers that are not served any more, but for what an operator has set: their names may get
   * the same addresses again. To be called after servers were removed.
   */
  prune(): void {
    for (const [upstream, entries] of this.#entries) {
      for (const [server, entry] of entries) {
        if (servedIn(this.#owner.state, upstream, server) !== undefined) continue
        const { byHand } = entry.facts
        if (byHand === 'ready') entries.delete(server)
        else entries.set(server, { ...entry, facts: { ...NOTHING_LEARNT, byHand } })
      }
      if (entries.size === 0) this.#entries.delete(upstream)
    }
  }

  #stateFrom(facts: ServerFacts, served: ServerState, upstream: string): StateAndReason {
    return stateFrom(facts, served, this.#owner.state.upstreams.get(upstream))
  }

  #keep(entry: RosterEntry): void {
    const entries = this.#entries.get(entry.upstream) ?? new Map<string, RosterEntry>()
    this.#entries.set(entry.upstream, entries.set(entry.server, entry))
  }

  #sayServers(upstream: string, before: Servers, after: Servers): void {
    const added = [...after.keys()].filter((name) => !before.has(name))
    const removed = [...before.keys()].filter((name) => !after.has(name))
    if (added.length + removed.length === 0) return
    this.#logger.info({ upstream, added, removed }, `upstream ${upstream} has ${changeOf(before, added, removed)}`)
  }

  #count({ upstream, server, state }: RosterEntry): void {
    const { stateChanges } = this.#counts.counts('server', upstream, server)
    stateChanges[state] = (stateChanges[state] ?? 0) + 1
  }

  #say({ upstream, server, state, reason }: RosterEntry, before: string): void {
    const level = state === 'down' || state === 'ejected' ? 'warn' : 'info'
    this.#logger[level](
      { upstream, server, state, before, reason },
      `server ${server} of upstream ${upstream} is ${state}: ${reason}`,
    )
  }
}

type Servers = ReadonlyMap<string, ServerState>

const changeOf = (before: Servers, added: readonly string[], removed: readonly string[]): string => {
  const had = (name: string): boolean => before.get(name)?.address !== undefined
  if (added.length > 0 && ![...before.keys()].some(had)) return `found its servers: ${someOf(added)}`
  // A name without an address stood for servers that are found now: it has not gone.
  const gone = added.length > 0 ? removed.filter(had) : removed
  const parts = [
    ...(added.length > 0 ? [`new: ${someOf(added)}`] : []),
    ...(gone.length > 0 ? [`gone: ${someOf(gone)}`] : []),
  ]
  return `other servers; ${parts.join('; ')}`
}

const servedIn = ({ upstreams }: ServingState, upstream: string, server: string): ServerState | undefined =>
  upstreams.get(upstream)?.servers.get(server)
