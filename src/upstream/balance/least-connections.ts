import type { Balance, Candidate } from './balance.ts'
import { loadWith } from './load-with.ts'
import { RoundRobin } from './round-robin.ts'

/** The server that would have the fewest connections for its weight with one more. Of several, each in turn by weight. */
export class LeastConnections<Server extends Candidate> implements Balance<Server> {
  readonly #turns: RoundRobin<Server>

  /** @param start how many turns count as taken */
  constructor(start: number) {
    this.#turns = new RoundRobin(start)
  }

  choose(candidates: readonly Server[]): Server {
    let least: Server[] = []
    let leastLoad = Number.POSITIVE_INFINITY
    for (const candidate of candidates) {
      const load = loadWith(candidate)
      if (load > leastLoad) continue
      if (load < leastLoad) least = []
      leastLoad = load
      least.push(candidate)
    }
    return least.length === 1 ? (least[0] as Server) : this.#turns.choose(least)
  }
}
