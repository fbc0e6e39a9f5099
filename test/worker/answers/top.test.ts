import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ConnectionSummary, SORTS, sortKey } from '../../../src/ipc/connection-parts.ts'
import { Top } from '../../../src/worker/answers/top.ts'

test('whatever comes in whatever order, the first `limit` are kept, and no more', () => {
  const connection = fc.record({
    ageMs: fc.nat(50),
    idleMs: fc.nat(50),
    bytesToUpstream: fc.nat(50),
    bytesToClient: fc.nat(50),
    bytesPerSecondToUpstream: fc.nat(50),
    bytesPerSecondToClient: fc.nat(50),
  }) as unknown as fc.Arbitrary<ConnectionSummary>
  fc.assert(
    fc.property(
      fc.array(connection, { maxLength: 3_000, size: 'max' }),
      fc.integer({ min: 1, max: 500 }),
      fc.constantFrom(...SORTS),
      (all, limit, sort) => {
        const top = new Top({ sort, limit })
        for (const one of all) top.add(one)
        const keys = (some: readonly ConnectionSummary[]) =>
          some.map((one) => sortKey(one, sort)).toSorted((one, other) => other - one)
        expect(keys(top.all())).toEqual(keys(all).slice(0, limit))
      },
    ),
    { numRuns: 50 },
  )
})
