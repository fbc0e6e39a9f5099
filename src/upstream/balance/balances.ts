import type { UpstreamConfig } from '../../config/schema.ts'
import type { Balance, Candidate } from './balance.ts'
import { LeastConnections } from './least-connections.ts'
import { Random2 } from './random2.ts'
import { RoundRobin } from './round-robin.ts'
import { SourceHash } from './source-hash.ts'

/** Keeps the balance of each tier of an upstream while nothing that it depends on changes: turns go on, tables are not made anew. */
export class Balances<Server extends Candidate> {
  readonly #start: number
  readonly #kept = new Map<number, { readonly key: string; readonly balance: Balance<Server> }>()

  /** @param start how many turns count as taken */
  constructor(start: number) {
    this.#start = start
  }

  /** @param servers all that may become candidates in this tier */
  of(tier: number, name: UpstreamConfig['balance'], servers: readonly Server[]): Balance<Server> {
    // Only the table of a sourceHash is made of the servers.
    const members = name === 'sourceHash' ? servers.map((server) => `${server.name} ${server.fullWeight}`) : []
    const key = [name, ...members].join('\n')
    const kept = this.#kept.get(tier)
    if (kept?.key === key) return kept.balance
    const balance = this.#make(name, servers)
    this.#kept.set(tier, { key, balance })
    return balance
  }

  #make(name: UpstreamConfig['balance'], servers: readonly Server[]): Balance<Server> {
    switch (name) {
      case 'roundRobin':
        return new RoundRobin(this.#start)
      case 'leastConnections':
        return new LeastConnections(this.#start)
      case 'random2':
        return new Random2(Math.random)
      case 'sourceHash':
        return new SourceHash(servers)
    }
  }
}
