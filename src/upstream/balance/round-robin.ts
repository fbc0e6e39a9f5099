/**
 * Turns by weight, spread out: weights 5, 1, 1 give a a b a c a a, not five times a in a row (the smooth weighted
 * round robin of nginx, ngx_stream_upstream_round_robin.c). With equal weights it is one after the other.
 */
export class RoundRobin {
  readonly #weights: readonly number[]
  readonly #sum: number
  readonly #current: number[]

  /** @param start how many turns were taken already */
  constructor(weights: readonly number[], start: number) {
    this.#weights = weights
    this.#sum = weights.reduce((sum, weight) => sum + weight, 0)
    this.#current = weights.map(() => 0)
    for (let turn = start % Math.max(1, this.#sum); turn > 0; turn--) this.next()
  }

  /** Whose turn it is, as an index of the weights. */
  next(): number {
    const current = this.#current
    let best = 0
    for (let index = 0; index < current.length; index++) {
      current[index] = (current[index] ?? 0) + (this.#weights[index] ?? 0)
      if ((current[index] ?? 0) > (current[best] ?? 0)) best = index
    }
    current[best] = (current[best] ?? 0) - this.#sum
    return best
  }
}
