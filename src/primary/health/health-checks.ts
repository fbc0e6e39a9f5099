import { isDeepStrictEqual } from 'node:util'
import type { Address } from '../../config/fields/address.ts'
import type { HealthConfig } from '../../config/schema.ts'
import type { ServingState, UpstreamState } from '../../serving/state.ts'
import type { Totals } from '../../stats/totals.ts'
import type { ServerRoster } from '../servers/roster.ts'
import { CheckLoop, type CheckState } from './check-loop.ts'
import type { Ejections } from './ejections.ts'

/** First checks are spread out by so much for each server, but by an interval at most: their connects would come at once. */
const SPREAD_MS = 2

interface CheckedServer {
  readonly address: Address
  readonly health: HealthConfig
  readonly sendProxyProtocol: UpstreamState['sendProxyProtocol']
  readonly loop: CheckLoop
}

/** Checks the servers of every upstream with `health`, as they come and go with the serving state. */
export class HealthChecks {
  readonly #roster: ServerRoster
  readonly #counts: Totals
  readonly #ejections: Pick<Ejections, 'end'>
  readonly #checked = new Map<string, Map<string, CheckedServer>>()
  /** The upstreams as they were last followed. */
  #followed: ServingState['upstreams'] = new Map()

  /** @param ejections a check that passes ends one */
  constructor(roster: ServerRoster, counts: Totals, ejections: Pick<Ejections, 'end'>) {
    this.#roster = roster
    this.#counts = counts
    this.#ejections = ejections
  }

  /** Checks exactly the servers of this state that have an address. */
  follow({ upstreams }: ServingState): void {
    const before = this.#followed
    if (upstreams === before) return
    this.#followed = upstreams
    for (const name of before.keys()) if (!upstreams.has(name)) this.#followUpstream(name, undefined)
    for (const [name, upstream] of upstreams) if (before.get(name) !== upstream) this.#followUpstream(name, upstream)
  }

  close(): void {
    for (const servers of this.#checked.values()) for (const { loop } of servers.values()) loop.stop()
    this.#checked.clear()
  }

  #followUpstream(name: string, upstream: UpstreamState | undefined): void {
    const checked = this.#checked.get(name) ?? new Map<string, CheckedServer>()
    const health = upstream?.health ?? 'off'
    const forgotten: string[] = []
    for (const [server, one] of checked) {
      const hasSameHeader = one.sendProxyProtocol === upstream?.sendProxyProtocol
      const hasSameAddress = isSame(one.address, upstream?.servers.get(server)?.address)
      if (hasSameAddress && hasSameHeader && isSame(one.health, health)) continue
      one.loop.stop()
      checked.delete(server)
      forgotten.push(server)
    }
    if (upstream === undefined || health === 'off') this.#checked.delete(name)
    else {
      this.#checked.set(name, checked)
      this.#check(name, upstream, health, checked)
    }
    // The edits that follow come back here, and find everything done.
    for (const server of forgotten) this.#roster.learn(name, server, { check: undefined })
  }

  #check(name: string, upstream: UpstreamState, health: HealthConfig, checked: Map<string, CheckedServer>): void {
    const { sendProxyProtocol, servers } = upstream
    for (const [server, { address }] of servers) {
      if (address === undefined || checked.has(server)) continue
      const firstInMs = Math.random() * Math.min(health.intervalMs, SPREAD_MS * servers.size)
      const loop = new CheckLoop(address, { ...health, sendProxyProtocol }, firstInMs, (state) =>
        this.#learn(name, server, state),
      )
      checked.set(server, { address, health, sendProxyProtocol, loop })
    }
  }

  #learn(upstream: string, server: string, { lastPassed, ...check }: CheckState): void {
    const { checks } = this.#counts.counts('server', upstream, server)
    checks[lastPassed ? 'passed' : 'failed'] += 1
    if (lastPassed) this.#ejections.end(upstream, server, 'its check passes', { check })
    else this.#roster.learn(upstream, server, { check })
  }
}

/** Edits share what they leave alone: most often it is the same object. */
const isSame = (one: object, other: unknown): boolean => one === other || isDeepStrictEqual(one, other)
