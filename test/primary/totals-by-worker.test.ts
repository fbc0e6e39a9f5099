import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type KnownNames, TotalsByWorker } from '../../src/primary/workers/totals-by-worker.ts'
import { noCounts } from '../../src/stats/counts.ts'
import type { ListenerCounts, ServerCounts } from '../../src/stats/metrics.ts'
import type { Entry, ReportedEntry, Totals } from '../../src/stats/totals.ts'

const NAMES: KnownNames = { has: ({ names: [name = ''] }) => ['web', 'app'].includes(name) }

const listenerEntry = (name: string, changes: Partial<ListenerCounts>): Entry<'listener'> => ({
  scope: 'listener',
  names: [name],
  counts: { ...noCounts('listener'), ...changes },
})

const serverEntry = (upstream: string, changes: Partial<ServerCounts>): Entry<'server'> => ({
  scope: 'server',
  names: [upstream, '127.0.0.1:80'],
  counts: { ...noCounts('server'), ...changes },
})

const linesLost = (logLinesLost: number): ReportedEntry => ({ scope: 'worker', names: [], counts: { logLinesLost } })

/** A worker's totals after it accepted so many connections of which so many completed, a byte each way for each. */
const entries = (accepted: number, completed: number): Entry[] => [
  listenerEntry('web', {
    connectionsAccepted: accepted,
    connectionsActive: accepted - completed,
    bytesToUpstream: accepted,
    bytesToClient: completed,
    outcomes: completed > 0 ? { completed } : {},
  }),
  serverEntry('app', {
    connectionsActive: accepted - completed,
    connectionsTotal: accepted,
    bytesToUpstream: accepted,
    bytesToClient: completed,
  }),
]

const gathering = () => {
  const ignored: number[] = []
  return { ignored, totals: new TotalsByWorker(NAMES, (workerId) => ignored.push(workerId)) }
}

const web = (totals: TotalsByWorker): ListenerCounts => totals.sum().of('listener', 'web')
const server = (totals: TotalsByWorker): ServerCounts => totals.sum().of('server', 'app', '127.0.0.1:80')

test('the sum is of the latest totals of every worker', () => {
  const { totals } = gathering()
  totals.began(1)
  totals.began(2)
  totals.report(1, entries(3, 1))
  totals.report(1, entries(4, 2))
  totals.report(2, entries(10, 10))
  expect(web(totals)).toMatchObject({ connectionsAccepted: 14, connectionsActive: 2, outcomes: { completed: 12 } })
  expect(server(totals)).toMatchObject({ connectionsTotal: 14, connectionsActive: 2 })
  expect(totals.activeIn(1)).toBe(2)
})

test('what a dead worker had counted stays, and its active connections ended as internalError', () => {
  const { totals } = gathering()
  totals.began(1)
  totals.report(1, entries(5, 2))
  totals.ended(1)
  expect(web(totals)).toMatchObject({
    connectionsAccepted: 5,
    connectionsActive: 0,
    bytesToUpstream: 5,
    bytesToClient: 2,
    outcomes: { completed: 2, internalError: 3 },
  })
  expect(server(totals)).toMatchObject({ connectionsActive: 0, connectionsTotal: 5 })
  expect(totals.activeIn(1)).toBe(0)
})

test('lost lines of the log are added up, those of dead workers included, and never fall', () => {
  const { totals, ignored } = gathering()
  for (const id of [1, 2, 3]) totals.began(id)
  totals.report(1, [linesLost(5)])
  totals.report(2, [linesLost(7)])
  totals.report(3, entries(1, 1))
  totals.ended(1)
  expect([totals.sum().of('worker').logLinesLost, totals.linesLost]).toEqual([12, 12])
  totals.report(2, [linesLost(6)])
  expect([totals.sum().of('worker').logLinesLost, totals.linesLost, ignored]).toEqual([12, 12, [2]])
})

test('what a report leaves out stays as it was', () => {
  const { totals } = gathering()
  totals.began(1)
  totals.report(1, entries(5, 2))
  totals.report(1, [serverEntry('app', { connectionsTotal: 6 })])
  totals.report(1, [])
  expect(web(totals).connectionsAccepted).toBe(5)
  expect(server(totals).connectionsTotal).toBe(5)
  totals.report(1, [serverEntry('app', { connectionsTotal: 6, bytesToUpstream: 5, bytesToClient: 2 })])
  expect(server(totals).connectionsTotal).toBe(6)
})

test('a report is left alone by what is done with it', () => {
  const { totals } = gathering()
  const report = entries(5, 2)
  totals.began(1)
  totals.report(1, structuredClone(report))
  totals.began(2)
  totals.report(2, report)
  totals.ended(1)
  totals.sum()
  expect(report).toEqual(entries(5, 2))
})

test('what cannot be true in a report is ignored and counted, and the rest of it is taken', () => {
  const { totals, ignored } = gathering()
  totals.began(1)
  totals.began(2)
  totals.report(1, entries(5, 2))
  totals.ended(2)
  const before = totals.sum().all()
  totals.report(2, entries(1, 1))
  totals.report(3, entries(1, 1))
  totals.report(1, entries(4, 2))
  totals.report(1, [listenerEntry('other', { connectionsAccepted: 1 })])
  totals.report(1, [serverEntry('other', { connectionsTotal: 1 })])
  totals.ignore(1)
  expect(ignored).toEqual([2, 3, 1, 1, 1, 1])
  expect(totals.sum().all()).toEqual(before)
  totals.report(1, [listenerEntry('other', { connectionsAccepted: 1 }), ...entries(6, 2)])
  expect(ignored).toHaveLength(7)
  expect([web(totals).connectionsAccepted, totals.sum().entries('listener')]).toMatchObject([6, { length: 1 }])
})

const fail = (): never => {
  throw new Error('no totals')
}

/** Every counter of a sum that must not fall, by name. */
const counters = (sum: Totals): Map<string, number> => {
  const found = new Map<string, number>()
  const walk = (path: string, value: unknown): void => {
    if (typeof value === 'number') found.set(path, value)
    else for (const [key, part] of Object.entries(value as object)) walk(`${path}.${key}`, part)
  }
  for (const { scope, names, counts } of sum.all()) walk([scope, ...names].join(' '), counts)
  return new Map([...found].filter(([path]) => !path.endsWith('connectionsActive')))
}

/** What may happen: worker `worker` of four accepts, completes or reports, dies, or sends a report of long ago. */
const happening = fc.record({
  what: fc.constantFrom('accept', 'complete', 'report', 'die', 'reportOld', 'reportAfterDeath'),
  worker: fc.nat({ max: 3 }),
  count: fc.integer({ min: 1, max: 50 }),
})

test('whatever reports, dies and is replaced in whichever order: no counter falls and every connection is accounted for', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
      const { totals } = gathering()
      const workers = [1, 2, 3, 4].map((id) => ({ id, accepted: 0, completed: 0 }))
      let lastId = 4
      for (const { id } of workers) totals.began(id)
      let before = counters(totals.sum())
      for (const { what, worker, count } of happenings) {
        const one = workers[worker] ?? fail()
        if (what === 'accept') one.accepted += count
        if (what === 'complete') one.completed = Math.min(one.accepted, one.completed + count)
        if (what === 'report') totals.report(one.id, entries(one.accepted, one.completed))
        if (what === 'reportOld') totals.report(one.id, entries(0, 0))
        if (what === 'die' || what === 'reportAfterDeath') {
          totals.ended(one.id)
          if (what === 'reportAfterDeath') totals.report(one.id, entries(one.accepted, one.completed))
          lastId += 1
          workers[worker] = { id: lastId, accepted: 0, completed: 0 }
          totals.began(lastId)
        }
        const after = counters(totals.sum())
        for (const [name, value] of before) expect(after.get(name) ?? 0).toBeGreaterThanOrEqual(value)
        before = after
        const { connectionsAccepted, connectionsActive, outcomes } = web(totals)
        const ended = Object.values(outcomes).reduce((sum, value) => sum + value, 0)
        expect(connectionsAccepted).toBe(connectionsActive + ended)
      }
    }),
  )
})
