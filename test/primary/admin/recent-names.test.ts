import { expect, test } from 'vitest'
import { RecentNames } from '../../../src/primary/admin/metrics-answer.ts'
import { NOTHING_SERVED, type ServingState } from '../../../src/serving/state.ts'

const HOUR_MS = 3_600_000

const serving = (...servers: string[]): ServingState => ({
  ...NOTHING_SERVED,
  upstreams: new Map([
    [
      'app',
      {
        balance: 'roundRobin',
        servers: new Map(servers.map((name) => [name, { address: undefined, weight: 1, state: 'up' }])),
      },
    ],
  ]),
})

test('a server that is gone is shown for an hour, and then no more', () => {
  const names = new RecentNames()
  names.note(serving('a', 'b'), 0)
  names.note(serving('b'), 1_000)
  expect([names.has('app', 'a'), names.has('app', 'b')]).toEqual([true, true])
  names.note(serving('b'), HOUR_MS)
  expect(names.has('app', 'a')).toBe(true)
  names.note(serving('b'), HOUR_MS + 1)
  expect([names.has('app', 'a'), names.has('app', 'b'), names.has('app')]).toEqual([false, true, true])
})
