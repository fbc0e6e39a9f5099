import { expect, test } from 'vitest'
import { Recent } from '../../../src/dashboard/model/recent.ts'

test('the time between the oldest value and the newest grows to what was asked for', () => {
  const recent = new Recent<string>(60)
  expect(recent.spanSeconds).toBe(0)
  for (let second = 100; second <= 130; second++) recent.add(second, `at ${second}`)
  expect([recent.oldest, recent.spanSeconds]).toEqual(['at 100', 30])
  for (let second = 131; second <= 300; second++) recent.add(second, `at ${second}`)
  expect([recent.oldest, recent.spanSeconds]).toEqual(['at 240', 60])
  recent.add(1, 'another start')
  expect([recent.oldest, recent.spanSeconds]).toEqual(['another start', 0])
})
