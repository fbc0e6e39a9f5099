import { expect, test } from 'vitest'
import { answered } from '../../../../../src/commands/admin/top/state/answers.ts'
import { asksOf } from '../../../../../src/commands/admin/top/state/asks.ts'
import type { TopState } from '../../../../../src/commands/admin/top/state/state.ts'
import { screenLines } from '../../../../../src/commands/admin/top/view/screen.ts'
import type { ConnectionAnswer } from '../../../../../src/primary/admin/connections/connections.ts'
import { after, answer, askOf, connection, tableOf } from '../states.ts'

const story = (events: number): ConnectionAnswer => ({
  ...connection(1),
  living: true,
  attempts: 1,
  pendingToUpstream: 0,
  pendingToClient: 0,
  tcp: {},
  story: Array.from({ length: events }, (_, at) => ({ atMs: at, what: 'dialling', text: `event ${at}` })),
})

const topOf = ({ mode }: TopState): number => (mode.kind === 'story' ? mode.top : Number.NaN)
const textOf = (state: TopState): string =>
  screenLines(state)
    .map((line) => line.map(({ text }) => text).join(''))
    .join('\n')

const shown = (events: number): TopState => answer(after(tableOf(3), 'return'), 'connection', story(events))

test('enter asks for the story of the selected connection in the place of the table', () => {
  const state = after(tableOf(3), 'down', 'return')
  expect(asksOf(state).map(({ path }) => path)).toEqual(['/stats', '/connections/start-1-2'])
})

test('it is asked for again while the connection lives', () => {
  expect(asksOf(shown(3)).length).toBe(2)
  const ended = { ...story(3), living: false, outcome: 'completed', endedBy: 'client', durationMs: 1 }
  expect(asksOf(answer(shown(3), 'connection', ended)).map(({ path }) => path)).toEqual(['/stats'])
})

test('a story that is longer than the screen is scrolled, no further than its end', () => {
  // 19 lines of the screen; the story has 5 before its events, and a line for each.
  const state = shown(30)
  expect(topOf(after(state, 'up'))).toBe(0)
  expect(topOf(after(state, 'down', 'down'))).toBe(2)
  expect(topOf(after(state, 'pagedown'))).toBe(16)
  expect(topOf(after(state, 'end', 'down'))).toBe(16)
  expect(topOf(after(state, 'end', 'home'))).toBe(0)
  expect(textOf(state)).toContain('lines 1–19 of 35')
  expect(textOf(state)).not.toContain('event 29')
  expect(textOf(after(state, 'end'))).toContain('event 29')
  expect(topOf(after(shown(3), 'end'))).toBe(0)
})

test('every other key goes back to the table', () => {
  for (const key of ['q', 'escape', 'return', ' ']) expect(after(shown(3), key).mode.kind).toBe('table')
})

test('of a connection that nobody knows any more the table says so', () => {
  const asking = after(tableOf(3), 'return')
  const unknown = { status: 404, body: { error: 'no connection is known' } }
  const state = answered(asking, askOf(asking, 'connection'), unknown, 2_000)
  expect(state).toMatchObject({ mode: { kind: 'table' }, notice: 'no connection is known' })
})
