import { expect, test } from 'vitest'
import { rateOrOff } from '../../../src/config/fields/limits.ts'

const read = (written: unknown) => rateOrOff().parse(written)

test.each([
  ['500/s', { count: 500, perMs: 1_000, burst: 500 }],
  ['100/m', { count: 100, perMs: 60_000, burst: 1 }],
  ['600/m', { count: 600, perMs: 60_000, burst: 10 }],
  [{ rate: '500/s' }, { count: 500, perMs: 1_000, burst: 500 }],
  [{ rate: '30/m' }, { count: 30, perMs: 60_000, burst: 1 }],
  [
    { rate: '500/s', burst: 1_000 },
    { count: 500, perMs: 1_000, burst: 1_000 },
  ],
  ['off', undefined],
])('the rate %j without a burst has that of one second, at least 1', (written, limit) => {
  expect(read(written)).toEqual(limit)
})
