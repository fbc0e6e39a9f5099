import { expect, test } from 'vitest'
import { configFromObject } from '../../../src/config/load.ts'
import { RecentNames } from '../../../src/primary/admin/metrics-answer.ts'
import { stateOf } from '../../../src/serving/edits.ts'
import type { ServingState } from '../../../src/serving/state.ts'

const HOUR_MS = 3_600_000
const [one, other] = ['127.0.0.1:1', '127.0.0.1:2']

const serving = (...servers: string[]): ServingState =>
  stateOf(
    configFromObject({
      listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
      upstreams: [{ name: 'app', servers }],
    }),
    () => [],
  )

test('a server that is gone is shown for an hour, and then no more', () => {
  const names = new RecentNames()
  names.note(serving(one, other), 0)
  names.note(serving(other), 1_000)
  expect([names.has('app', one), names.has('app', other)]).toEqual([true, true])
  names.note(serving(other), HOUR_MS)
  expect(names.has('app', one)).toBe(true)
  names.note(serving(other), HOUR_MS + 1)
  expect([names.has('app', one), names.has('app', other), names.has('app')]).toEqual([false, true, true])
})
