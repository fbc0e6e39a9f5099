import { expect, test } from 'vitest'
import { serversLine } from '../../../../../src/commands/admin/top/view/servers-line.ts'
import { upstreams } from '../states.ts'

const [RED, YELLOW] = [31, 33]

const lineOf = (states: Parameters<typeof upstreams>[0], columns = 80): string =>
  serversLine(upstreams(states), columns)
    .map(({ text }) => text)
    .join('')

test('servers in rotation are counted only', () => {
  expect(lineOf({ app: { a: 'up', b: 'unchecked' }, db: { c: 'up' } })).toBe('3 of 3 servers in rotation')
})

test('the others are named, those that are down first', () => {
  const states = { app: { a: 'ejected', b: 'up' }, db: { c: 'down', d: 'draining', e: 'maintenance' } }
  expect(lineOf(states, 120)).toBe(
    '1 of 5 servers in rotation   db c down, app a ejected, db d draining, db e maintenance',
  )
  expect(serversLine(upstreams(states), 120).flatMap(({ colour }) => colour ?? [])).toEqual([
    RED,
    YELLOW,
    YELLOW,
    YELLOW,
  ])
})

test('of more than there is room for the rest is counted', () => {
  const servers = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`10.0.0.${at}:80`, 'down']))
  const line = lineOf({ app: servers })
  expect(line).toBe('0 of 30 servers in rotation   app 10.0.0.0:80 down, and 29 more')
  expect(line.length).toBeLessThanOrEqual(80)
})

test('of a single one the reason is told', () => {
  expect(lineOf({ app: { a: 'down' } })).toBe('0 of 1 servers in rotation   app a down: checks fail')
})
