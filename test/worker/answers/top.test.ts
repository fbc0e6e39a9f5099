import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Top } from '../../../src/worker/answers/top.ts'

test('whatever comes in whatever order, the largest `limit` are kept, and no more', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(2_000), { maxLength: 5_000, size: 'max' }),
      fc.integer({ min: 1, max: 500 }),
      (keys, limit) => {
        const top = new Top<number>(limit)
        for (const key of keys) top.add(key, key)
        const descending = (some: readonly number[]) => some.toSorted((one, other) => other - one)
        expect(descending(top.all())).toEqual(descending(keys).slice(0, limit))
      },
    ),
    { numRuns: 100 },
  )
})
