import type { Balance, Candidate } from './balance.ts'
import { maglevTable, numbersOf, TABLE_SIZE } from './maglev.ts'

const NUMBERS_OF_32_BITS = 2 ** 32

/**
 * The same client always reaches the same server, from every worker and every machine with the same servers.
 *
 * The client's address leads to an entry of a Maglev table. If that server is no candidate, the next entry of the table
 * decides: so the clients of a server that is down go to all the others, and nobody else's client moves. The table is made
 * with the first connection.
 */
export class SourceHash<Server extends Candidate> implements Balance<Server> {
  readonly #servers: readonly Server[]
  #table: Uint16Array | undefined
  #lastCandidates: readonly Server[] | undefined
  /** 1 for each of the servers that is a candidate, by its index. */
  readonly #isCandidate: Uint8Array

  /** @param servers all that may become candidates, in any order, at most 65,536 */
  constructor(servers: readonly Server[]) {
    this.#servers = servers
    this.#isCandidate = new Uint8Array(servers.length)
  }

  choose(candidates: readonly Server[], client: string): Server {
    if (candidates !== this.#lastCandidates) this.#mark(candidates)
    this.#table ??= maglevTable(this.#servers)
    const [place, patience] = numbersOf(client)
    const entry = place % TABLE_SIZE
    const share = patience / NUMBERS_OF_32_BITS
    return this.#from(entry, share) ?? this.#from(entry, 0) ?? (candidates[0] as Server)
  }

  /** The candidate of the next entry. A server in its slow start is passed over by the clients that are not in its `share` yet. */
  #from(entry: number, share: number): Server | undefined {
    for (let steps = 0; steps < TABLE_SIZE; steps++) {
      const index = this.#table?.[(entry + steps) % TABLE_SIZE] ?? 0
      const server = this.#servers[index]
      if (this.#isCandidate[index] === 1 && server && share * server.fullWeight <= server.weight) return server
    }
    return undefined
  }

  #mark(candidates: readonly Server[]): void {
    const among = new Set(candidates)
    for (const [index, server] of this.#servers.entries()) this.#isCandidate[index] = among.has(server) ? 1 : 0
    this.#lastCandidates = candidates
  }
}
