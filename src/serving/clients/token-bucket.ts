import type { RateLimit } from '../../config/fields/limits.ts'

/** Nanoseconds that only grow. */
export type Clock = () => bigint

/** A rate, as a bucket counts it. */
export interface Pace {
  /** The time that one token needs to come back. */
  readonly tokenNs: bigint
  /** How many tokens the bucket holds. */
  readonly burst: bigint
}

/** Rounded up, so that a rate is never exceeded. */
export const paceOf = ({ count, perMs, burst }: RateLimit): Pace => ({
  tokenNs: (BigInt(perMs) * 1_000_000n + BigInt(count) - 1n) / BigInt(count),
  burst: BigInt(burst),
})

/**
 * A bucket of tokens. Exact over all processes that share the number, and there is nothing to mend when one of them is
 * killed: the bucket is one number, the time at which it will be full again (the “theoretical arrival time” of the Generic
 * Cell Rate Algorithm, ITU-T I.371 annex A). A token moves it on by `tokenNs`, in one compare-and-exchange.
 */
export class TokenBucket {
  readonly #numbers: BigInt64Array
  readonly #index: number

  constructor(numbers: BigInt64Array, index: number) {
    this.#numbers = numbers
    this.#index = index
  }

  /**
   * Takes a token, unless there is none.
   *
   * @param clock reads CLOCK_MONOTONIC, which is the same in every process of a host
   */
  take({ tokenNs, burst }: Pace, clock: Clock): boolean {
    for (;;) {
      const before = Atomics.load(this.#numbers, this.#index)
      // Read after the bucket: a time from before could be older than that of whoever took the last token.
      const nowNs = clock()
      const emptyNs = nowNs + burst * tokenNs
      // Tokens were taken at a lower rate than is allowed now. The bucket is empty, but it holds no more than this rate's.
      if (before > emptyNs) {
        Atomics.compareExchange(this.#numbers, this.#index, before, emptyNs)
        return false
      }
      const after = (before > nowNs ? before : nowNs) + tokenNs
      if (after > emptyNs) return false
      if (Atomics.compareExchange(this.#numbers, this.#index, before, after) === before) return true
    }
  }

  /** Puts a token back that was taken, but not used. */
  giveBack({ tokenNs }: Pace): void {
    Atomics.sub(this.#numbers, this.#index, tokenNs)
  }
}
