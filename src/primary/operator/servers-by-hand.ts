import type { Logger } from 'pino'
import type { ServerStateName } from '../../serving/state.ts'
import type { Ejections } from '../health/ejections.ts'
import type { ServerRoster } from '../servers/roster.ts'
import type { ByHand } from '../servers/server-facts.ts'
import type { StateOwner } from '../state-owner.ts'

/** What has become of a server that was set by hand, with the words of `/stats`. */
export interface ServerAnswer {
  readonly upstream: string
  readonly server: string
  readonly state: ServerStateName
  readonly stateReason: string
}

/** The servers as an operator sets them. */
export class ServersByHand {
  readonly #owner: StateOwner
  readonly #roster: ServerRoster
  readonly #ejections: Ejections
  readonly #logger: Logger

  constructor(owner: StateOwner, roster: ServerRoster, ejections: Ejections, logger: Logger) {
    this.#owner = owner
    this.#roster = roster
    this.#ejections = ejections
    this.#logger = logger
  }

  upstreams(): string[] {
    return [...this.#owner.state.upstreams.keys()]
  }

  serversOf(upstream: string): string[] {
    return [...(this.#owner.state.upstreams.get(upstream)?.servers.keys() ?? [])]
  }

  /** It stays so until it is set to `ready`, which ends an ejection too: the operator knows better. */
  set(upstream: string, server: string, byHand: ByHand): ServerAnswer {
    this.#logger.info({ upstream, server }, `the admin sets server ${server} of upstream ${upstream} to ${byHand}`)
    if (byHand === 'ready') this.#ejections.end(upstream, server, 'set to ready by hand', { byHand })
    else this.#roster.learn(upstream, server, { byHand })
    const { state, reason } = this.#roster.get(upstream, server) ?? { state: 'unchecked', reason: '' }
    return { upstream, server, state, stateReason: reason }
  }
}
