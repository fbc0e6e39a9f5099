import type { Logger } from 'pino'
import type { ServerStateName } from '../../serving/state.ts'
import { followed } from '../followed.ts'
import type { Ejections } from '../health/ejections.ts'
import type { ServerRoster } from '../servers/roster.ts'
import type { ByHand } from '../servers/server-facts.ts'
import type { StateOwner } from '../state-owner.ts'

/** Who sets a server may stop it upon the answer. A worker that does not follow by then is stopped, or has no core. */
const FOLLOWED_WITHIN_MS = 500

/** What has become of a server that was set by hand, with the words of `/stats`. */
export interface ServerAnswer {
  readonly upstream: string
  readonly server: string
  readonly state: ServerStateName
  readonly stateReason: string
  /** Not every worker has followed yet: one may still dial the server. */
  readonly partial?: true
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

  /**
   * It stays so until it is set to `ready`, which ends an ejection too: the operator knows better. Resolves once all
   * workers follow, or half a second later.
   */
  async set(upstream: string, server: string, byHand: ByHand): Promise<ServerAnswer> {
    this.#logger.info({ upstream, server }, `the admin sets server ${server} of upstream ${upstream} to ${byHand}`)
    if (byHand === 'ready') this.#ejections.end(upstream, server, 'set to ready by hand', { byHand })
    else this.#roster.learn(upstream, server, { byHand })
    const { state, reason } = this.#roster.get(upstream, server) ?? { state: 'unchecked', reason: '' }
    const isFollowed = await followed(this.#owner, FOLLOWED_WITHIN_MS)
    return { upstream, server, state, stateReason: reason, ...(!isFollowed && { partial: true }) }
  }
}
