import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Pace, paceOf, TokenBucket } from '../../../src/serving/clients/token-bucket.ts'

const open = () => {
  const numbers = new BigInt64Array(1)
  return new TokenBucket(numbers, 0)
}

/** How many of so many attempts at one time are let through. */
const takeMany = (bucket: TokenBucket, pace: Pace, nowNs: bigint, attempts = 1_000): number =>
  Array.from({ length: attempts }, () => bucket.take(pace, () => nowNs)).filter(Boolean).length

const SECOND = 1_000_000_000n

describe('a bucket of tokens', () => {
  test('gives its burst at once, and then its rate', () => {
    const [bucket, pace] = [open(), paceOf({ count: 500, perMs: 1_000, burst: 20 })]
    const begin = 1_000n * SECOND
    expect(takeMany(bucket, pace, begin)).toBe(20)
    let taken = 0
    for (let ms = 1n; ms <= 1_000n; ms++) taken += takeMany(bucket, pace, begin + (ms * SECOND) / 1_000n, 5)
    expect(taken).toBe(500)
    expect(takeMany(bucket, pace, begin + 100n * SECOND), 'it never holds more than the burst').toBe(20)
  })

  test('gets back a token that was not used', () => {
    const [bucket, pace] = [open(), paceOf({ count: 1, perMs: 60_000, burst: 2 })]
    expect(takeMany(bucket, pace, SECOND)).toBe(2)
    bucket.giveBack(pace)
    expect(takeMany(bucket, pace, SECOND)).toBe(1)
  })

  test('follows a rate that is raised at once, though it was emptied at a low one', () => {
    const [bucket, slow] = [open(), paceOf({ count: 1, perMs: 60_000, burst: 1_000 })]
    expect(takeMany(bucket, slow, SECOND, 2_000)).toBe(1_000)
    const fast = paceOf({ count: 100, perMs: 1_000, burst: 1 })
    expect(takeMany(bucket, fast, SECOND)).toBe(0)
    expect(takeMany(bucket, fast, SECOND + 9_999_999n)).toBe(0)
    expect(takeMany(bucket, fast, SECOND + 10_000_000n)).toBe(1)
  })

  test('gives nothing away to a process that was stopped between its look at the bucket and its look at the clock', () => {
    const [bucket, pace] = [open(), paceOf({ count: 1, perMs: 1_000, burst: 2 })]
    let nowNs = 10n * SECOND
    // Another takes all that there is by then.
    let isStopped = false
    const late = () => {
      if (!isStopped) return nowNs
      isStopped = false
      nowNs += 5n * SECOND
      expect(takeMany(bucket, pace, nowNs, 5)).toBeLessThanOrEqual(2)
      return nowNs
    }
    let taken = 0
    for (let round = 0; round < 5; round++) {
      isStopped = true
      if (bucket.take(pace, late)) taken += 1
    }
    expect(taken).toBe(0)
    expect(takeMany(bucket, pace, nowNs)).toBe(0)
  })

  test('never gives more than its burst and its rate in any time, and all of that to whom asks often', () => {
    const rate = fc.record({
      count: fc.integer({ min: 1, max: 1_000_000 }),
      perMs: fc.constantFrom(1_000, 60_000),
      burst: fc.integer({ min: 1, max: 50 }),
    })
    fc.assert(
      fc.property(rate, fc.array(fc.integer({ min: 0, max: 3_000_000 }), { maxLength: 200 }), (limit, steps) => {
        const [bucket, pace] = [open(), paceOf(limit)]
        let nowNs = 5n * SECOND
        const taken: bigint[] = []
        for (const stepUs of steps) {
          nowNs += BigInt(stepUs) * 1_000n
          const got = takeMany(bucket, pace, nowNs, 60)
          for (let index = 0; index < got; index++) taken.push(nowNs)
          expect(
            bucket.take(pace, () => nowNs),
            'it was emptied',
          ).toBe(false)
        }
        const perNs = limit.count / (limit.perMs * 1_000_000)
        for (const [first, from] of taken.entries()) {
          for (const last of [first, Math.floor((first + taken.length) / 2), taken.length - 1]) {
            const spanNs = Number((taken[last] ?? from) - from)
            expect(last - first + 1).toBeLessThanOrEqual(limit.burst + spanNs * perNs + 1e-6)
          }
        }
      }),
      { numRuns: 100 },
    )
  })
})
