import { type Address, formatAddress } from '../config/fields/address.ts'
import type { UpstreamConfig } from '../config/schema.ts'
import { Resolver } from './resolve.ts'

/** One server of an upstream. */
export class Server {
  /** As it is written in the config, and shown. */
  readonly name: string
  readonly #resolver: Resolver

  constructor(address: Address) {
    this.name = formatAddress(address)
    this.#resolver = new Resolver(address)
  }

  /** At once, unless its name was never resolved yet. */
  addresses(): readonly Address[] | Promise<readonly Address[]> {
    return this.#resolver.addresses()
  }
}

/** The servers of one upstream, taken in turn. */
export class Pool {
  readonly name: string
  readonly servers: readonly Server[]
  #turn: number

  /** @param start where the turn begins: workers that all began with the first server would flood it. */
  constructor(config: UpstreamConfig, start: number) {
    this.name = config.name
    this.servers = config.servers.map(({ address }) => new Server(address))
    this.#turn = start
  }

  /** Every server once: the one whose turn it is, then those to fall back to. */
  candidates(): readonly Server[] {
    const { servers } = this
    if (servers.length < 2) return servers
    const first = this.#turn++ % servers.length
    return first === 0 ? servers : [...servers.slice(first), ...servers.slice(0, first)]
  }
}
