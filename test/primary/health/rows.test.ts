import { expect, test } from 'vitest'
import { EjectedTime } from '../../../src/primary/health/ejected-time.ts'
import { FailureRow } from '../../../src/primary/health/failure-row.ts'
import { Streak } from '../../../src/primary/health/streak.ts'

/** What results come to, one after the other: `+` passed or passes, `-` failed or fails. */
const verdicts = (results: string, rise: number, fall: number): string => {
  const streak = new Streak()
  return [...results]
    .map((result) => {
      streak.take(result === '+', { rise, fall })
      return streak.passes ? '+' : '-'
    })
    .join('')
}

test.each([
  ['the first result decides at once', '+', '+', 2, 3],
  ['the first failure too', '-', '-', 2, 3],
  ['fall failures in a row bring it down', '+---', '+++-', 2, 3],
  ['a pass in between restarts the row', '+--+--+---', '+++++++++-', 2, 3],
  ['rise passes in a row bring it up', '-++', '--+', 2, 3],
  ['a failure in between restarts that row too', '-+-+-++', '------+', 2, 3],
  ['a server that flaps stays what it was', '+-+-+-+-+-', '++++++++++', 2, 2],
  ['with rise and fall of 1 each result decides', '+-+-', '+-+-', 1, 1],
])('%s', (_, results, expected, rise, fall) => {
  expect(verdicts(results, rise, fall)).toBe(expected)
})

test('what speaks against the verdict is told', () => {
  const streak = new Streak()
  const rules = { rise: 2, fall: 3 }
  expect([true, false, false, true, false, false, false, true].map((passed) => streak.take(passed, rules))).toEqual([
    undefined,
    '1 of 3 checks in a row failed',
    '2 of 3 checks in a row failed',
    undefined,
    '1 of 3 checks in a row failed',
    '2 of 3 checks in a row failed',
    undefined,
    '1 of 2 checks in a row passed',
  ])
})

test('failures are in a row from the last success on, in whatever order workers tell of them', () => {
  const row = new FailureRow()
  row.add([10, 30], 5)
  row.add([20], 5)
  expect(row.length).toBe(3)
  row.reached(20)
  expect(row.length).toBe(1)
  // It was told late, and happened before the success.
  row.add([15], 5)
  row.reached(5)
  expect([row.length, row.reachedAtMs]).toEqual([1, 20])
  row.add([40, 50, 60, 70, 80], 5)
  expect(row.length).toBe(5)
  row.reached(55)
  expect(row.length).toBe(3)
})

test('the time out of rotation doubles up to five minutes, until the server has served', () => {
  const time = new EjectedTime()
  const next = (count: number, forMs: number) => Array.from({ length: count }, () => time.next(forMs) / 1000)
  expect(next(7, 10_000)).toEqual([10, 20, 40, 80, 160, 300, 300])
  time.reset()
  expect(next(2, 10_000)).toEqual([10, 20])
  time.reset()
  expect(next(2, 600_000)).toEqual([600, 600])
})
