import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backOffMs } from '../../../src/primary/workers/back-off.ts'

test('the first death is replaced at once, then each wait doubles up to 25 s', () => {
  const waits = Array.from({ length: 13 }, (_, index) => backOffMs(index + 1, 0.5))
  expect(waits).toEqual([0, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_000, 25_000, 25_000, 25_000])
})

test('chance moves a wait by at most a fifth, and none is longer than 30 s', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 10_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (deaths, random) => {
        const middle = backOffMs(deaths, 0.5)
        expect(backOffMs(deaths, random)).toBeLessThanOrEqual(30_000)
        expect(Math.abs(backOffMs(deaths, random) - middle)).toBeLessThanOrEqual(middle / 5 + 1)
      },
    ),
  )
})
