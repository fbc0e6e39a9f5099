import { expect, test } from 'vitest'
import { answered, unanswered } from '../../../../../src/commands/admin/top/state/answers.ts'
import { asksOf } from '../../../../../src/commands/admin/top/state/asks.ts'
import { selectedConnection } from '../../../../../src/commands/admin/top/state/state.ts'
import { after, answer, askOf, connection, list, stats, tableOf } from '../states.ts'

const of = (...numbers: number[]) => ({ ...list(numbers.length), connections: numbers.map((one) => connection(one)) })

test('the selected connection is followed, and when it has gone the next in its place is selected', () => {
  const selected = after(tableOf(3), 'down')
  const moved = answer(selected, 'connections', of(5, 6, 7, 2))
  expect(selectedConnection(moved)?.connectionId).toBe('start-1-2')
  const gone = answer(moved, 'connections', of(5, 6, 7, 8, 9))
  expect(selectedConnection(gone)?.connectionId).toBe('start-1-8')
  expect(selectedConnection(answer(gone, 'connections', of(5)))?.connectionId).toBe('start-1-5')
  expect(selectedConnection(answer(gone, 'connections', of()))).toBeUndefined()
})

test('the first row stays selected, whatever comes there', () => {
  const state = answer(tableOf(3), 'connections', of(9, 1, 2))
  expect(selectedConnection(state)?.connectionId).toBe('start-1-9')
})

test('more rows are asked for as the selection comes near them, up to a thousand', () => {
  const limitAfter = (...keys: string[]): string | null =>
    new URLSearchParams(askOf(after(tableOf(5_000), ...keys), 'connections').path.split('?')[1]).get('limit')
  expect(limitAfter()).toBe('100')
  expect(limitAfter(...Array.from({ length: 5 }, () => 'pagedown'))).toBe('126')
  expect(limitAfter('end')).toBe('1000')
})

test('the answer to a question that is not asked any more is not shown', () => {
  const before = tableOf(3)
  const old = askOf(before, 'connections')
  const filtered = after(before, '/', ...'postgres', 'return')
  expect(answered(filtered, old, { status: 200, body: of(1) }, 2_000)).toBe(filtered)
})

test('what is shown stays when nobody answers', () => {
  const before = tableOf(3)
  const state = unanswered(before, askOf(before, 'stats'), 'nothing listens there')
  expect(state).toEqual({ ...before, failure: 'nothing listens there' })
  expect(answer(state, 'stats', stats()).failure).toBeUndefined()
})

test('a refusal is no answer either', () => {
  const before = tableOf(3)
  const refusal = { status: 503, body: { error: 'not now' } }
  expect(answered(before, askOf(before, 'stats'), refusal, 2_000)).toEqual({ ...before, failure: 'not now' })
  expect(answered(before, askOf(before, 'connections'), refusal, 2_000)).toEqual({ ...before, failure: 'not now' })
})

test('a connection is killed once, whatever came of it', () => {
  const killing = after(tableOf(3), 'k', 'r')
  const ask = askOf(killing, 'kill')
  for (const [state, notice] of [
    [answer(killing, 'kill', { connectionId: 'start-1-1', how: 'rst' }), 'was ended with a RST to both sides'],
    [answered(killing, ask, { status: 404, body: { error: 'it has ended already' } }, 2_000), 'it has ended already'],
    [unanswered(killing, ask, 'nothing listens there'), 'nothing listens there'],
  ] as const) {
    expect(state.notice).toContain(notice)
    expect(asksOf(state).map(({ about }) => about)).toEqual(['stats', 'connections'])
  }
})

test('a kill that was confirmed meanwhile is still asked for', () => {
  const first = after(tableOf(3), 'k', 'r')
  const ask = askOf(first, 'kill')
  const second = after(first, 'down', 'k', 'f')
  const state = answered(second, ask, { status: 200, body: { connectionId: 'start-1-1', how: 'rst' } }, 2_000)
  expect(askOf(state, 'kill').path).toBe('/connections/start-1-2?how=fin')
})
