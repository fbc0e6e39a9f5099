import { hostMs, nowMs } from '../../clock.ts'
import type { EjectionConfig } from '../../config/schema.ts'
import type { FailedServer } from '../../ipc/messages.ts'
import { isInRotation } from '../../serving/rotation.ts'
import type { ServingState, UpstreamState } from '../../serving/state.ts'
import type { ServerRoster } from '../servers/roster.ts'
import type { ServerFacts } from '../servers/server-facts.ts'
import type { StateOwner } from '../state-owner.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import { EjectedServer } from './ejected-server.ts'
import { EjectedTime } from './ejected-time.ts'
import { FailureRow } from './failure-row.ts'

/** A worker that takes longer to say when it reached the server is not waited for: it does not reach any at the moment. */
const ANSWER_WITHIN_MS = 250
/** Where no `health` says how long a trial may take. */
const TRIAL_WITHIN_MS = 1_000

type Asked = Pick<Supervisor, 'ask'>

/** A server to which dials have failed. */
interface FailingServer {
  readonly row: FailureRow
  readonly time: EjectedTime
  isAsking: boolean
  /** When its last ejection ended (`hostMs`). */
  returnedAtMs: number
  ejected: EjectedServer | undefined
}

/**
 * Takes servers that cannot be reached out of rotation. Workers report failed dials as they happen. Successes cost them
 * nothing but noting the time: only when a row of failures is long enough, all are asked for the last one.
 */
export class Ejections {
  readonly #owner: StateOwner
  readonly #roster: ServerRoster
  readonly #failing = new Map<string, Map<string, FailingServer>>()

  constructor(owner: StateOwner, roster: ServerRoster) {
    this.#owner = owner
    this.#roster = roster
  }

  /** Takes a worker's report. */
  take(servers: readonly FailedServer[], workers: Asked): void {
    for (const failed of servers) {
      const ejection = this.#configOf(failed.upstream)
      if (ejection === undefined || this.#roster.get(failed.upstream, failed.server) === undefined) continue
      const failing = this.#failingOf(failed.upstream, failed.server)
      failing.row.reached(failed.reachedAtMs)
      failing.row.add(failed.failedAtMs, ejection.failures)
      if (this.#mayEject(failed, failing)) void this.#ejectIfInARow(failed, failing, workers)
    }
  }

  /**
   * Ends the ejection of a server, if it is ejected.
   *
   * @param learnt what ended it: together they are one change of the server's state
   */
  end(upstream: string, server: string, reason: string, learnt: Partial<ServerFacts> = {}): void {
    const isEnded = this.#return(upstream, server)
    const ejection = { isEjected: false, reason, sinceMs: nowMs() }
    this.#roster.learn(upstream, server, isEnded ? { ...learnt, ejection } : learnt)
  }

  /** Forgets servers that are gone, and ends ejections where there are none any more. */
  follow({ upstreams }: ServingState): void {
    for (const [upstream, servers] of this.#failing) {
      const state = upstreams.get(upstream)
      for (const [server, { ejected }] of servers) {
        if (state?.ejection === 'off') this.end(upstream, server, 'its upstream has no ejection')
        if (state?.ejection !== 'off' && state?.servers.has(server)) continue
        ejected?.end()
        servers.delete(server)
      }
      if (servers.size === 0) this.#failing.delete(upstream)
    }
  }

  close(): void {
    for (const servers of this.#failing.values()) for (const { ejected } of servers.values()) ejected?.end()
    this.#failing.clear()
  }

  /** Whether it was ejected. */
  #return(upstream: string, server: string): boolean {
    const failing = this.#failing.get(upstream)?.get(server)
    if (failing?.ejected === undefined) return false
    failing.ejected.end()
    failing.ejected = undefined
    failing.returnedAtMs = hostMs(nowMs())
    failing.row.clear()
    return true
  }

  #configOf(upstream: string): EjectionConfig | undefined {
    const ejection = this.#owner.state.upstreams.get(upstream)?.ejection
    return ejection === 'off' ? undefined : ejection
  }

  #failingOf(upstream: string, server: string): FailingServer {
    const servers = this.#failing.get(upstream) ?? new Map<string, FailingServer>()
    this.#failing.set(upstream, servers)
    const failing = servers.get(server) ?? newFailing()
    servers.set(server, failing)
    return failing
  }

  /** Whether the row is long enough, as far as is known, and the server is in rotation, and may leave it. */
  #mayEject({ upstream, server }: FailedServer, { row, isAsking, ejected }: FailingServer): boolean {
    const config = this.#configOf(upstream)
    const served = this.#owner.state.upstreams.get(upstream)
    const state = served?.servers.get(server)
    if (config === undefined || served === undefined || isAsking || ejected !== undefined) return false
    if (state === undefined || !isInRotation(state)) return false
    return row.length >= config.failures && hasRoom(served, config)
  }

  async #ejectIfInARow(failed: FailedServer, failing: FailingServer, workers: Asked): Promise<void> {
    const { upstream, server } = failed
    failing.isAsking = true
    const { parts } = await workers.ask('reached', ANSWER_WITHIN_MS, { upstream, server })
    failing.isAsking = false
    for (const { part } of parts) failing.row.reached(part)
    // Meanwhile it may have gone, or been set by hand, or others may have been ejected.
    const isKnown = this.#failing.get(upstream)?.get(server) === failing
    if (isKnown && this.#mayEject(failed, failing)) this.#eject(failed, failing)
  }

  #eject({ upstream, server, error }: FailedServer, failing: FailingServer): void {
    const because = `${failing.row.length} dials in a row failed, the last with: ${error}`
    const sinceMs = nowMs()
    const learn = (reason: string) =>
      this.#roster.learn(upstream, server, { ejection: { isEjected: true, reason, sinceMs } })
    if (failing.row.reachedAtMs > failing.returnedAtMs) failing.time.reset()
    failing.ejected = new EjectedServer({
      trial: () => this.#trialOf(upstream, server),
      nextInMs: () => failing.time.next(this.#configOf(upstream)?.forMs ?? 0),
      onPassed: () => this.end(upstream, server, 'its trial connection succeeded'),
      onFailed: (trialError) => learn(`${because}; its trial connection failed: ${trialError}`),
    })
    learn(because)
  }

  #trialOf(upstream: string, server: string) {
    const { health, sendProxyProtocol, servers } = this.#owner.state.upstreams.get(upstream) ?? {}
    const address = servers?.get(server)?.address
    if (address === undefined || health === undefined || sendProxyProtocol === undefined) return undefined
    const plan = health === 'off' ? { timeoutMs: TRIAL_WITHIN_MS } : health
    return { address, plan: { ...plan, sendProxyProtocol } }
  }
}

const newFailing = (): FailingServer => ({
  row: new FailureRow(),
  time: new EjectedTime(),
  isAsking: false,
  returnedAtMs: Number.NEGATIVE_INFINITY,
  ejected: undefined,
})

/** One server always may be ejected, however few there are: alone, it is tried all the same. Envoy's rule is the same (`always_eject_one_host`). */
const hasRoom = ({ servers }: UpstreamState, { maxPercent }: EjectionConfig): boolean => {
  const ejected = [...servers.values()].filter(({ state }) => state === 'ejected').length
  return ejected < Math.max(1, Math.floor((servers.size * maxPercent) / 100))
}
