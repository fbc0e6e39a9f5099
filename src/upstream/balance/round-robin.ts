import type { Balance, Candidate } from './balance.ts'

/**
 * Turns by weight, spread out: weights 5, 1, 1 give a a b a c a a, not five times a in a row (the smooth weighted
 * round robin of nginx, ngx_stream_upstream_round_robin.c). With equal weights it is one after the other.
 */
export class RoundRobin<Server extends Candidate> implements Balance<Server> {
  #turnsToSkip: number

  /** @param start how many turns count as taken: if all workers began with the first server they would flood it */
  constructor(start: number) {
    this.#turnsToSkip = start
  }

  choose(candidates: readonly Server[]): Server {
    if (this.#turnsToSkip > 0) this.#skipTurns(candidates)
    return nextOf(candidates)
  }

  #skipTurns(candidates: readonly Server[]): void {
    for (let turn = this.#turnsToSkip % roundOf(candidates); turn > 0; turn--) nextOf(candidates)
    this.#turnsToSkip = 0
  }
}

/** After so many turns everyone has had its share, and the turns begin anew. */
const roundOf = (candidates: readonly Candidate[]): number =>
  Math.ceil(candidates.reduce((sum, { weight }) => sum + weight, 0))

const nextOf = <Server extends Candidate>(candidates: readonly Server[]): Server => {
  let best = candidates[0] as Server
  let sum = 0
  for (const candidate of candidates) {
    candidate.credit += candidate.weight
    sum += candidate.weight
    if (candidate.credit > best.credit) best = candidate
  }
  best.credit -= sum
  return best
}
