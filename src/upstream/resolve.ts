import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { nowMs } from '../clock.ts'
import type { Address } from '../config/fields/address.ts'
import { findDirectly } from './direct-lookup.ts'

/** How long an answer is used before the resolver is asked again. getaddrinfo(3) reports no TTL. */
const KEEP_MS = 10_000

/**
 * How long getaddrinfo(3) may take before the name is also looked up without it. It knows every source of names on this
 * host, but libuv runs it on few threads (two, unless UV_THREADPOOL_SIZE is set), and names without an answer occupy them
 * for many seconds.
 */
const PATIENCE_MS = 1_000

/**
 * The addresses behind the name of one server. While the resolver fails, the last good answer stays in use; connections
 * wait only for the first answer.
 */
export class Resolver {
  readonly #address: Address
  #known: readonly Address[] = []
  #askedMs = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined
  /** A call of getaddrinfo, which may outlast several of our own deadlines. */
  #lookingUp: Promise<void> | undefined

  constructor(address: Address) {
    this.#address = address
    if (address.kind === 'unix' || isIP(address.host)) {
      this.#known = [address]
      this.#askedMs = Number.POSITIVE_INFINITY
    }
  }

  /** Asks before the first client comes. Failures are reported to the callers of `addresses`. */
  prepare(): void {
    if (this.#known.length === 0) this.#ask().catch(() => {})
  }

  /** @throws the resolver's error (`ENOTFOUND`, `EAI_AGAIN`) if there has never been a good answer */
  addresses(): readonly Address[] | Promise<readonly Address[]> {
    if (nowMs() - this.#askedMs < KEEP_MS) return this.#known
    const asking = this.#ask()
    if (this.#known.length === 0) return asking.then(() => this.#known)
    // Only callers without an older answer get the failure.
    asking.catch(() => {})
    return this.#known
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#find().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #find(): Promise<void> {
    const address = this.#address
    if (address.kind === 'unix') return
    const lookingUp = this.#lookUp(address.host)
    if (await settlesWithin(PATIENCE_MS, lookingUp)) return lookingUp
    const direct = findDirectly(address.host).then((hosts) => this.#take(hosts))
    await Promise.any([lookingUp, direct]).catch(({ errors }: AggregateError) => Promise.reject(errors[0]))
  }

  #lookUp(host: string): Promise<void> {
    this.#lookingUp ??= lookup(host, { all: true })
      .then((found) => this.#take(found.map(({ address }) => address)))
      .finally(() => {
        this.#lookingUp = undefined
      })
    return this.#lookingUp
  }

  #take(hosts: readonly string[]): void {
    const address = this.#address
    if (address.kind === 'unix') return
    this.#known = hosts.map((host) => ({ kind: 'tcp', host, port: address.port }))
    this.#askedMs = nowMs()
  }
}

const settlesWithin = (ms: number, promise: Promise<void>): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    const settled = () => {
      clearTimeout(timer)
      resolve(true)
    }
    promise.then(settled, settled)
  })
