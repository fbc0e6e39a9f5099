import { expect, test } from 'vitest'
import { LiveTotals } from '../../src/stats/live-totals.ts'
import type { Counted, Entry } from '../../src/stats/totals.ts'

const namesOf = (entries: readonly Entry[]): string[] => entries.map(({ names }) => names.join(' '))

/** Totals of a worker that serves these servers of the upstream `app`. */
const serving = (...servers: string[]) => {
  const served = new Set(servers)
  const totals = new LiveTotals(({ scope, names }: Counted) => scope !== 'server' || served.has(names[1] ?? ''))
  const stop = (server: string) => {
    served.delete(server)
    totals.reviewServed()
  }
  return { totals, served, stop, server: (name: string) => totals.entry('server', 'app', name) }
}

test('what is new has changed, and then only what is incremented', () => {
  const { totals, server } = serving('a', 'b')
  server('a')
  server('b')
  expect(namesOf(totals.takeChanges().changed)).toEqual(['app a', 'app b'])
  expect(totals.takeChanges()).toEqual({ changed: [], left: [] })
  for (let times = 0; times < 3; times++) totals.change(server('b')).connectionsTotal += 1
  const { changed } = totals.takeChanges()
  expect(changed).toMatchObject([{ names: ['app', 'b'], counts: { connectionsTotal: 3 } }])
  expect(totals.takeChanges().changed).toEqual([])
})

test('what is not served any more leaves once nothing of it lives, with all that was counted', () => {
  const { totals, stop, server } = serving('a', 'b')
  totals.change(server('a')).connectionsActive += 1
  server('b')
  totals.takeChanges()
  stop('a')
  expect(totals.takeChanges()).toEqual({ changed: [], left: [] })
  const counts = totals.change(server('a'))
  counts.connectionsActive -= 1
  counts.bytesToClient += 7
  const { changed, left } = totals.takeChanges()
  expect(changed).toEqual([])
  expect(left).toMatchObject([{ names: ['app', 'a'], counts: { connectionsActive: 0, bytesToClient: 7 } }])
  expect(namesOf(totals.all())).toEqual(['app b'])
})

test('what is served again before it has left stays', () => {
  const { totals, served, stop, server } = serving('a')
  server('a')
  stop('a')
  served.add('a')
  expect(namesOf(totals.takeChanges().changed)).toEqual(['app a'])
  expect(namesOf(totals.all())).toEqual(['app a'])
})

test('an upstream stays as long as one of its servers', () => {
  let isServed = true
  const totals = new LiveTotals(() => isServed)
  totals.entry('upstream', 'app')
  const server = totals.entry('server', 'app', 'a')
  totals.change(server).connectionsActive += 1
  isServed = false
  totals.reviewServed()
  expect(totals.takeChanges().left).toEqual([])
  totals.change(server).connectionsActive -= 1
  const left = [...totals.takeChanges().left, ...totals.takeChanges().left]
  expect(namesOf(left)).toEqual(['app a', 'app'])
})

test('a failed dial to a server that has left is reported once, and forgotten', () => {
  const { totals, stop, server } = serving('a')
  totals.change(server('a')).connectionsTotal += 1
  stop('a')
  totals.takeChanges()
  totals.change(server('a')).dialFailures += 1
  expect(totals.takeChanges().left).toMatchObject([{ counts: { connectionsTotal: 0, dialFailures: 1 } }])
  expect(totals.takeChanges()).toEqual({ changed: [], left: [] })
  expect(totals.all()).toEqual([])
})
