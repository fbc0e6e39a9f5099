import { describe, expect, test } from 'vitest'
import type { TopState } from '../../../../../src/commands/admin/top/state/state.ts'
import { screenLines } from '../../../../../src/commands/admin/top/view/screen.ts'
import { after, answer, connection, list, stats, tableOf, upstreams } from '../states.ts'

const texts = (state: TopState): string[] =>
  screenLines(state).map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  )

const colours = (state: TopState, row: number): (number | undefined)[] =>
  (screenLines(state)[row] ?? []).flatMap(({ text, colour }) => (text.trim() === '' ? [] : [colour]))

test('80 columns and 24 rows have everything in its place', () => {
  const first = tableOf(20, 80, 24, { upstreams: upstreams({ app: { '10.0.0.1:80': 'up', '10.0.0.2:80': 'down' } }) })
  const state = after(
    { ...first, flow: { since: undefined, perSecond: { toUpstream: 12e6, toClient: 340e6 } } },
    'down',
  )
  expect(texts(state)).toEqual([
    ' copyloop 1.2.3   up 2h 14m   1,204 connections   12 MB/s up   340 MB/s down',
    ' 1 of 2 servers in rotation   app 10.0.0.2:80 down: checks fail',
    '',
    ' CLIENT                 SERVER              AGE     IDLE   BYTES  BYTES/S',
    ' 192.0.2.1:50000        10.0.0.1:80     59m 59s       2s  2.0 MB    30 kB',
    '>192.0.2.2:50000        10.0.0.1:80     59m 58s       2s  2.0 MB    30 kB',
    ...Array.from(
      { length: 16 },
      (_, at) => ` ${`192.0.2.${at + 3}:50000`.padEnd(21)}  10.0.0.1:80     59m ${57 - at}s       2s  2.0 MB    30 kB`,
    ),
    ' 1–18 of 20 by age',
    ' a age  i idle  b bytes  r rate  / filter  k kill  enter explain  ? help  q quit',
  ])
})

test('the page is that of the selected connection', () => {
  const lines = texts(after(tableOf(20), 'end'))
  expect(lines.slice(4, 7)).toEqual([
    expect.stringMatching(/^ 192\.0\.2\.19:/),
    expect.stringMatching(/^>192\.0\.2\.20:/),
    '',
  ])
  expect(lines.at(-2)).toBe(' 19–20 of 20 by age')
})

test('without connections it says so, and of what filter', () => {
  expect(texts(tableOf(0))[5]).toBe(' no connections')
  const filtered = answer(after(tableOf(3), '/', ...'postgres', 'return'), 'connections', list(0))
  expect(texts(filtered)[5]).toBe(' no connections with listener postgres')
  expect(texts(filtered).at(-2)).toBe(' by age, only listener postgres')
})

test('what is written as a filter is shown with what it means', () => {
  const foot = (text: string): string[] => texts(after(tableOf(3), '/', ...text)).slice(-2)
  expect(foot('')).toEqual([
    ' filter: _',
    ' listener, server, client network: web 10.0.0.0/8   enter apply  esc cancel',
  ])
  expect(foot('web 10.1.0.0/16')[1]).toBe(' listener web, client 10.1.0.0/16   enter apply  esc cancel')
  expect(foot('we')[1]).toBe(' there is no listener, server or network "we"   enter apply  esc cancel')
})

test('the question before a kill names the connection', () => {
  expect(texts(after(tableOf(3), 'down', 'k')).slice(-2)).toEqual([
    ' kill start-1-2, 192.0.2.2:50000 → 10.0.0.1:80?',
    ' r reset it (RST)  f close it (FIN)  n no',
  ])
})

describe('colours are for states only:', () => {
  const [DIM, REVERSE, RED, YELLOW] = [2, 7, 31, 33]

  test('a connection that waits is yellow, also where its phase has no column', () => {
    for (const columns of [80, 160]) {
      const waiting = [connection(1), connection(2, { heldMs: 1_500 }), connection(3, { phase: 'queue' })]
      const state = answer(tableOf(0, columns), 'connections', { ...list(3), connections: waiting })
      expect(colours(state, 4)).toEqual([REVERSE])
      expect(colours(state, 5)).toContain(YELLOW)
      expect(colours(state, 6)).toContain(YELLOW)
      expect(texts(state)[6]).toContain('  queue ')
    }
    expect(colours(tableOf(3), 5)).not.toContain(YELLOW)
  })

  test('when nobody answers the table is dim, and why is red', () => {
    const state = { ...tableOf(3), nowMs: 6_000, failure: 'nothing listens there' }
    expect(texts(state)[2]).toBe(' no answer for 5s: nothing listens there')
    expect(colours(state, 2)).toEqual([RED])
    expect(new Set(colours(state, 5))).toEqual(new Set([DIM]))
    // Also before the admin's time to answer is over.
    expect(texts({ ...tableOf(3), nowMs: 5_000 })[2]).toBe(' no answer for 4s')
    expect(texts({ ...tableOf(3), nowMs: 2_500 })[2]).toBe('')
  })

  test('other warnings are yellow', () => {
    const state = answer(tableOf(3, 120, 24, { draining: true, logLinesLost: 1_200 }), 'connections', {
      ...list(3),
      partial: true,
    })
    expect(texts(state)[2]).toBe(
      ' draining, a worker does not answer: its connections are missing, 1,200 log lines lost',
    )
    expect(colours(state, 2)).toEqual([YELLOW])
  })
})

test('every state has a line for each row of a screen of any size', () => {
  for (const [columns, rows] of [
    [80, 24],
    [160, 50],
    [40, 8],
    [20, 5],
    [10, 3],
    [1, 1],
  ] as const) {
    const table = tableOf(100, columns, rows)
    const states = [
      table,
      after(table, 'end'),
      after(table, '/'),
      after(table, 'k'),
      after(table, 'return'),
      after(table, '?'),
    ]
    for (const state of [
      ...states,
      answer(table, 'connections', list(0)),
      answer(table, 'stats', stats({ upstreams: {} })),
    ]) {
      expect(screenLines(state).length).toBe(rows)
    }
  }
})
