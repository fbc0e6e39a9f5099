import type { Balance, Candidate } from './balance.ts'
import { loadWith } from './load-with.ts'

/**
 * The better of two servers that are drawn by weight. Many proxies that choose the least loaded one by themselves all
 * choose the same; with this they do not, and the fullest server is still hardly fuller than the others (Mitzenmacher, The
 * Power of Two Choices in Randomized Load Balancing, 1996).
 */
export class Random2<Server extends Candidate> implements Balance<Server> {
  readonly #random: () => number

  /** @param random returns a number from 0 to less than 1 */
  constructor(random: () => number) {
    this.#random = random
  }

  choose(candidates: readonly Server[]): Server {
    if (candidates.length === 1) return candidates[0] as Server
    const one = this.#draw(candidates, undefined)
    const other = this.#draw(candidates, one)
    return loadWith(other) < loadWith(one) ? other : one
  }

  /** One by weight, any but `without`. */
  #draw(candidates: readonly Server[], without: Server | undefined): Server {
    let rest = 0
    for (const candidate of candidates) if (candidate !== without) rest += candidate.weight
    rest *= this.#random()
    let drawn: Server | undefined
    for (const candidate of candidates) {
      if (candidate === without) continue
      drawn = candidate
      rest -= candidate.weight
      if (rest < 0) break
    }
    return drawn as Server
  }
}
