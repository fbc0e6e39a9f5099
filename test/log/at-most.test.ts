import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { atMostOnceASecond, atMostOnceEach } from '../../src/log/at-most.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

test('of each key something is said at once, then once in the time, with how often it happened since', () => {
  const times = atMostOnceEach(60_000)
  expect(times('a')).toBe(1)
  expect(times('b', 7)).toBe(7)
  expect([times('a'), times('a', 3), times('b')]).toEqual([undefined, undefined, undefined])
  vi.advanceTimersByTime(59_999)
  expect(times('a')).toBeUndefined()
  vi.advanceTimersByTime(1)
  expect(times('a')).toBe(6)
  expect(times('b')).toBe(2)
})

test('what happens often is said once a second, with how often it has happened since', () => {
  const said: unknown[] = []
  const say = atMostOnceASecond((times, code: string) => said.push([times, code]))
  say('EMFILE')
  say('ENFILE')
  say('ENFILE')
  vi.advanceTimersByTime(1_000)
  say('EMFILE')
  expect(said).toEqual([
    [1, 'EMFILE'],
    [3, 'EMFILE'],
  ])
})
