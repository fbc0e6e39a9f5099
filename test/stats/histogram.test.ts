import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BINS, binOf, countOf, cumulative, type Histogram, record, SUM } from '../../src/stats/histogram.ts'

const bounds = BINS.map(Number)
const LARGEST = bounds.at(-1) ?? 0
const durationMs = fc.double({ min: 0, max: 1e9, noNaN: true })

const histogramOf = (values: readonly number[]): Histogram => {
  const histogram: Histogram = {}
  for (const ms of values) record(histogram, ms)
  return histogram
}

test('the bins follow each other without a gap, and each value is in one', () => {
  expect(bounds).toEqual(bounds.toSorted((one, other) => one - other))
  expect(new Set(bounds).size).toBe(bounds.length)
  fc.assert(
    fc.property(fc.nat({ max: 1e12 }), (us) => {
      const index = binOf(us)
      expect(index).toBeGreaterThanOrEqual(0)
      expect(us).toBeGreaterThan(bounds[index - 1] ?? -1)
      if (us <= LARGEST) expect(us).toBeLessThanOrEqual(bounds[index] ?? 0)
    }),
  )
})

test('the middle of a bin is at most 5 % from any value in it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 11, max: 9.8e11 }), (us) => {
      const index = binOf(us)
      const middle = ((bounds[index] ?? 0) + (bounds[index - 1] ?? 0)) / 2
      expect(Math.abs(middle - us) / us).toBeLessThanOrEqual(0.05)
    }),
  )
})

test('two histograms added are the histogram of all values', () => {
  fc.assert(
    fc.property(fc.array(durationMs), fc.array(durationMs), (some, others) => {
      const [one, other] = [histogramOf(some), histogramOf(others)]
      const added: Histogram = { ...one }
      for (const [bin, count = 0] of Object.entries(other)) added[bin] = (added[bin] ?? 0) + count
      const whole = histogramOf([...some, ...others])
      expect({ ...added, [SUM]: 0 }).toEqual({ ...whole, [SUM]: 0 })
      expect(countOf(added)).toBe(some.length + others.length)
    }),
  )
})

test('the values up to a bound are counted, that value included', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1e7 })), (valuesUs) => {
      const histogram = histogramOf(valuesUs.map((us) => us / 1_000))
      const at = [1_000, 2_500, 10_000, 1_000_000]
      expect(cumulative(histogram, at)).toEqual(at.map((bound) => valuesUs.filter((us) => us <= bound).length))
    }),
  )
})
