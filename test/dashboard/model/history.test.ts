import { expect, test } from 'vitest'
import { HISTORY_SECONDS, History } from '../../../src/dashboard/model/history.ts'
import { Recent } from '../../../src/dashboard/model/recent.ts'
import { stats, totals } from '../support.ts'

/** A copyloop that has run for so long, with so many connections accepted. */
const at = (uptimeSeconds: number, connectionsAccepted: number, outcomes = {}) =>
  stats({ uptimeSeconds, totals: totals({ connectionsAccepted, connectionsActive: 7, outcomes }) })

const EPOCH = 1_800_000_000

test('there is a first sample once there are two states', () => {
  const history = new History(5)
  history.add(at(10, 100), EPOCH)
  expect([history.latest, history.span]).toEqual([undefined, undefined])
  history.add(at(12, 104, { completed: 2, noServer: 4 }), EPOCH + 2)
  expect(history.latest).toMatchObject({ connections: 7, accepted: 2, completed: 1, failed: 2, cutShort: 0 })
  expect(history.columns(['accepted', 'connections'])).toEqual([[EPOCH + 2], [2], [7]])
})

test('rates are of the last seconds, not of the last state only', () => {
  const history = new History(5)
  for (const [second, accepted] of [0, 50, 50, 50, 50, 50, 50].entries())
    history.add(at(second, accepted), EPOCH + second)
  expect(history.columns(['accepted'])[1]).toEqual([50, 25, 50 / 3, 12.5, 10, 0])
})

test('a state that comes late is of the time that it says', () => {
  const history = new History(5)
  history.add(at(10, 0), EPOCH)
  for (const uptime of [11, 12, 13]) history.add(at(uptime, 0), EPOCH + 3)
  expect(history.columns([])).toEqual([[EPOCH + 1, EPOCH + 2, EPOCH + 3]])
})

test('a pause breaks the line, and so does a restart', () => {
  for (const uptimeSeconds of [20, 1]) {
    const history = new History(5)
    history.add(at(10, 100), EPOCH)
    history.add(at(11, 101), EPOCH + 1)
    history.add(at(uptimeSeconds, 900), EPOCH + 10)
    expect(history.latest).toBeUndefined()
    history.add(at(uptimeSeconds + 1, 903), EPOCH + 11)
    expect(history.columns(['accepted'])).toEqual([
      [EPOCH + 1, EPOCH + 9, EPOCH + 11],
      [1, null, 3],
    ])
  }
})

test('what is older than the charts is forgotten', () => {
  const history = new History(5)
  for (let second = 0; second < HISTORY_SECONDS * 2; second++) history.add(at(second, second), EPOCH + second)
  expect(history.columns([])[0]).toHaveLength(HISTORY_SECONDS + 1)
  expect(history.span).toEqual([EPOCH + HISTORY_SECONDS - 1, EPOCH + HISTORY_SECONDS * 2 - 1])
})

test('the oldest of recent values is as old as asked for, as soon as there is one', () => {
  const recent = new Recent<string>(5)
  expect(recent.oldest).toBeUndefined()
  for (const second of [0, 1, 2, 3, 4]) recent.add(second, `at ${second}`)
  expect(recent.oldest).toBe('at 0')
  recent.add(6.5, 'at 6.5')
  expect(recent.oldest).toBe('at 1')
  recent.add(0.5, 'anew')
  expect(recent.oldest).toBe('anew')
})
