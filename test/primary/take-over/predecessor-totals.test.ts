import { expect, test } from 'vitest'
import { inParts, PredecessorTotals } from '../../../src/primary/take-over/predecessor-totals.ts'
import { TotalsByWorker } from '../../../src/primary/workers/totals-by-worker.ts'
import { type Counted, type ReportedEntry, Totals } from '../../../src/stats/totals.ts'

const listener = (name: string, connectionsAccepted: number, connectionsActive = 0): ReportedEntry => ({
  scope: 'listener',
  names: [name],
  counts: {
    connectionsAccepted,
    connectionsActive,
    outcomes: { completed: connectionsAccepted - connectionsActive },
  },
})

const open = () => {
  const known = new Set(['web', 'app'])
  const names = { known, has: ({ names: [name = ''] }: Counted) => known.has(name) }
  let ignored = 0
  const totals = new TotalsByWorker(names, () => {
    ignored += 1
  })
  const accepted = () =>
    totals
      .sum()
      .entries('listener')
      .reduce((sum, { counts }) => sum + counts.connectionsAccepted, 0)
  return { totals, names, accepted, predecessor: new PredecessorTotals(totals, names), ignored: () => ignored }
}

test('totals of three thousand servers go in messages of less than 190 KiB, and nothing is lost', () => {
  const totals = new Totals()
  for (let server = 0; server < 3_000; server++)
    totals.counts('server', 'app', `10.0.${server >> 8}.${server & 255}:80`).connectionsTotal = 1e9 + server
  const parts = inParts(totals)
  expect(parts.length).toBeGreaterThan(1)
  for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(190 * 1024)
  const received = new Totals()
  for (const entry of parts.flat()) received.update(entry)
  expect(received.all()).toEqual(totals.all())
})

test('what listeners have counted that are gone stays in the sum, and never falls when one of them comes back', () => {
  const { predecessor, names, accepted, ignored } = open()
  predecessor.take([listener('web', 1), listener('one', 10), listener('other', 100), listener('', 1_000)])
  expect(accepted()).toBe(1_111)
  names.known.add('one')
  predecessor.take([listener('one', 20)])
  expect(accepted()).toBe(1_121)
  predecessor.take([listener('other', 101), listener('', 1_000)])
  expect(accepted()).toBe(1_122)
  expect(ignored()).toBe(0)
})

test('servers and inspectors of what is gone are left out', () => {
  const { predecessor, totals, ignored } = open()
  const counts = { connectionsTotal: 1 }
  predecessor.take([
    { scope: 'server', names: ['app', '127.0.0.1:1'], counts },
    { scope: 'server', names: ['lost', '127.0.0.1:1'], counts },
    { scope: 'inspector', names: ['lost', 'protocol'], counts: { chunks: 1 } },
  ])
  expect(
    totals
      .sum()
      .all()
      .map(({ names }) => names),
  ).toEqual([['app', '127.0.0.1:1']])
  expect(ignored()).toBe(0)
})

test('connections that it still had when it died are lost, those of listeners that are gone too', () => {
  const { predecessor, totals } = open()
  predecessor.take([listener('web', 3, 2), listener('one', 10, 4)])
  predecessor.ended()
  const ended = totals.sum().entries('listener')
  expect(ended.map(({ counts }) => [counts.connectionsActive, counts.outcomes.internalError])).toEqual([
    [0, 2],
    [0, 4],
  ])
})
