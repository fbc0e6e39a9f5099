import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CountRow, countMemory } from '../../../src/inspection/shared/count-row.ts'
import { countOf, cumulative, SUM } from '../../../src/stats/histogram.ts'
import { TIME_BOUNDS_US } from '../../../src/stats/metrics.ts'

test('each call is in the histogram once, and in the one of its few bounds', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true })), (callsUs) => {
      const row = new CountRow(countMemory(2), 1)
      for (const us of callsUs) row.time(us)
      const { duration, timeUs } = row.read()
      const upTo = (bound: number): number => callsUs.filter((us) => us <= bound).length
      expect(cumulative(duration, TIME_BOUNDS_US)).toEqual(TIME_BOUNDS_US.map(upTo))
      expect(countOf(duration)).toBe(callsUs.length)
      expect(duration[SUM] ?? 0).toBe(Math.round(callsUs.reduce((sum, us) => sum + us, 0)))
      let below = 0
      for (const bound of TIME_BOUNDS_US) {
        expect(timeUs[bound]).toBe(upTo(bound) - below)
        below = upTo(bound)
      }
      expect(timeUs.more).toBe(callsUs.length - below)
    }),
  )
})

test('rows of one memory do not touch each other', () => {
  const memory = countMemory(2)
  const [first, second] = [new CountRow(memory, 0), new CountRow(memory, 1)]
  const before = first.read()
  second.chunk(10)
  second.verdict('pass')
  second.failure()
  second.time(1e12)
  expect(first.read()).toEqual(before)
  expect(second.read()).toMatchObject({ chunks: 1, bytes: 10, failures: 1, timeUs: { more: 1 } })
})
