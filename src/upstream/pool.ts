import { type Address, formatAddress } from '../config/address.ts'
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

  addresses(): readonly Address[] | Promise<readonly Address[]> {
    return this.#resolver.addresses()
  }
}

/** The servers of one upstream, handed out in turn. */
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
  *candidates(): Generator<Server> {
    const first = this.#turn++
    for (let offset = 0; offset < this.servers.length; offset++) {
      const server = this.servers[(first + offset) % this.servers.length]
      if (server) yield server
    }
  }
}
