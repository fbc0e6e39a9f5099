import { expect, test } from 'vitest'
import { press } from '../../../../../src/commands/admin/top/state/press.ts'
import { selectedConnection } from '../../../../../src/commands/admin/top/state/state.ts'
import { after, answer, askOf, connection, list, tableOf } from '../states.ts'

const typed = (text: string): string[] => [...text]

test('q quits from the table, and only from there; ^c quits from everywhere', () => {
  const table = tableOf(3)
  expect(press(table, 'q')).toBe('quit')
  for (const keys of [['/'], ['k'], ['return'], ['?'], []]) {
    const state = after(table, ...keys)
    expect(press(state, '^c')).toBe('quit')
    if (keys.length > 0) expect(press(state, 'q')).not.toBe('quit')
  }
})

test.each([
  ['a', 'age'],
  ['i', 'idle'],
  ['b', 'bytes'],
  ['r', 'rate'],
])('%s sorts by %s and selects the first', (key, sort) => {
  const state = after(tableOf(30), 'down', key)
  expect(state.sort).toBe(sort)
  expect(state.selection.row).toBe(0)
  expect(askOf(state, 'connections').path).toContain(`sort=${sort}&`)
})

test('arrows, page up and down, home and end select, and stay in the table', () => {
  const row = (...keys: string[]): number => after(tableOf(50), ...keys).selection.row
  expect(row('up')).toBe(0)
  expect(row('down', 'down', 'up')).toBe(1)
  expect(row('pagedown', 'down')).toBe(19)
  expect(row('end')).toBe(49)
  expect(row('end', 'down')).toBe(49)
  expect(row('end', 'pageup')).toBe(31)
  expect(row('end', 'home')).toBe(0)
  expect(after(tableOf(0), 'down', 'end').selection.row).toBe(0)
})

test('the filter is written, changed, cancelled and taken away', () => {
  const table = tableOf(3)
  const written = after(table, '/', ...typed('webb'), 'backspace', 'return')
  expect(written).toMatchObject({ filter: { listener: 'web' }, mode: { kind: 'table' } })
  expect(after(written, '/').mode).toEqual({ kind: 'filter', text: 'web' })
  expect(after(written, '/', ...typed(' 10.0.0.0/8'), 'return').filter).toEqual({
    listener: 'web',
    client: '10.0.0.0/8',
  })
  expect(after(written, '/', ...typed('x'), 'escape').filter).toEqual({ listener: 'web' })
  expect(after(written, '/', '^u', 'return').filter).toEqual({})
  // Keys of the table are letters here, and others write nothing.
  expect(after(table, '/', 'q', 'k', 'down', '^a').mode).toEqual({ kind: 'filter', text: 'qk' })
})

test('a filter that cannot be read stays where it is written', () => {
  expect(after(tableOf(3), '/', ...typed('nobody'), 'return')).toMatchObject({
    filter: {},
    mode: { kind: 'filter', text: 'nobody' },
  })
})

test.each([
  ['r', 'rst'],
  ['f', 'fin'],
])('k asks first, about the connection of that moment; then %s asks the admin for %s', (key, how) => {
  const asking = after(tableOf(3), 'down', 'k')
  expect(asking.kill).toBeUndefined()
  const others = { ...list(3), connections: [connection(7), connection(8), connection(9)] }
  const killing = after(answer(asking, 'connections', others), key)
  expect(selectedConnection(killing)?.connectionId).not.toBe('start-1-2')
  expect(askOf(killing, 'kill')).toMatchObject({ method: 'DELETE', path: `/connections/start-1-2?how=${how}` })
})

test('every other key kills nothing', () => {
  for (const key of ['n', 'k', 'return', 'escape', 'down', ' ', 'y']) {
    expect(after(tableOf(3), 'k', key)).toMatchObject({ kill: undefined, mode: { kind: 'table' } })
  }
})

test('where there is no connection none can be killed or explained', () => {
  expect(after(tableOf(0), 'k').mode.kind).toBe('table')
  expect(after(tableOf(0), 'return').mode.kind).toBe('table')
})

test('what came of a key is shown until the next one', () => {
  const state = { ...tableOf(3), notice: 'it was ended' }
  expect(after(state, 'down').notice).toBeUndefined()
})
