import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { nowMs } from '../clock.ts'
import type { Address } from '../config/fields/address.ts'

/** How long an answer of the resolver is used before it is asked again. getaddrinfo(3) tells no TTL. */
const KEEP_MS = 10_000

/**
 * The addresses behind the name of one server. While the resolver fails, the last good answer goes on being used; a
 * connection waits only for the first one.
 */
export class Resolver {
  readonly #address: Address
  #known: readonly Address[] = []
  #askedMs = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined

  constructor(address: Address) {
    this.#address = address
    if (address.kind === 'unix' || isIP(address.host)) {
      this.#known = [address]
      this.#askedMs = Number.POSITIVE_INFINITY
    }
  }

  /** @throws the resolver's error (`ENOTFOUND`, `EAI_AGAIN`) if there never was a good answer. */
  addresses(): readonly Address[] | Promise<readonly Address[]> {
    if (nowMs() - this.#askedMs < KEEP_MS) return this.#known
    const asking = this.#ask()
    if (this.#known.length === 0) return asking.then(() => this.#known)
    // A failure is told to those who have nothing to go on with.
    asking.catch(() => {})
    return this.#known
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#lookup().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #lookup(): Promise<void> {
    const address = this.#address
    if (address.kind === 'unix') return
    const found = await lookup(address.host, { all: true })
    this.#known = found.map(({ address: host }) => ({ kind: 'tcp', host, port: address.port }))
    this.#askedMs = nowMs()
  }
}
