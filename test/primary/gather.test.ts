import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Gather } from '../../src/primary/gather.ts'
import type { ConnectionCounts, ServerCounts, WorkerTotals } from '../../src/stats/totals.ts'

const NAMES = { listeners: ['web'], upstreams: ['app'] }

/** A worker's totals after it accepted so many connections of which so many completed, a byte each way for each. */
const totals = (accepted: number, completed: number): WorkerTotals => ({
  listeners: {
    web: {
      connectionsAccepted: accepted,
      connectionsActive: accepted - completed,
      bytesToUpstream: accepted,
      bytesToClient: completed,
      outcomes: completed > 0 ? { completed } : {},
    },
  },
  servers: {
    app: {
      '127.0.0.1:80': {
        connectionsActive: accepted - completed,
        connectionsTotal: accepted,
        dialFailures: 0,
        bytesToUpstream: accepted,
        bytesToClient: completed,
      },
    },
  },
})

const gathering = () => {
  const ignored: number[] = []
  return { ignored, gather: new Gather(NAMES, (workerId) => ignored.push(workerId)) }
}

const web = (gather: Gather): ConnectionCounts | undefined => gather.sum().listeners.web
const server = (gather: Gather): ServerCounts | undefined => gather.sum().servers.app?.['127.0.0.1:80']

test('the sum is of the latest totals of every worker', () => {
  const { gather } = gathering()
  gather.began(1)
  gather.began(2)
  gather.report(1, totals(3, 1))
  gather.report(1, totals(4, 2))
  gather.report(2, totals(10, 10))
  expect(web(gather)).toMatchObject({ connectionsAccepted: 14, connectionsActive: 2, outcomes: { completed: 12 } })
  expect(server(gather)).toMatchObject({ connectionsTotal: 14, connectionsActive: 2 })
  expect(gather.activeIn(1)).toBe(2)
})

test('what a dead worker had counted stays, and its active connections ended as internalError', () => {
  const { gather } = gathering()
  gather.began(1)
  gather.report(1, totals(5, 2))
  gather.ended(1)
  expect(web(gather)).toEqual({
    connectionsAccepted: 5,
    connectionsActive: 0,
    bytesToUpstream: 5,
    bytesToClient: 2,
    outcomes: { completed: 2, internalError: 3 },
  })
  expect(server(gather)).toMatchObject({ connectionsActive: 0, connectionsTotal: 5 })
  expect(gather.activeIn(1)).toBe(0)
})

test('lost lines of the log are added up, those of dead workers included, and never fall', () => {
  const { gather, ignored } = gathering()
  for (const id of [1, 2, 3]) gather.began(id)
  gather.report(1, { ...totals(1, 1), logLinesLost: 5 })
  gather.report(2, { ...totals(1, 1), logLinesLost: 7 })
  gather.report(3, totals(1, 1))
  gather.ended(1)
  expect([gather.sum().logLinesLost, gather.linesLost]).toEqual([12, 12])
  gather.report(2, { ...totals(1, 1), logLinesLost: 6 })
  gather.report(2, totals(1, 1))
  expect([gather.sum().logLinesLost, gather.linesLost, ignored]).toEqual([12, 12, [2, 2]])
})

test('a report is left alone by what is done with it', () => {
  const { gather } = gathering()
  const report = totals(5, 2)
  gather.began(1)
  gather.report(1, report)
  gather.ended(1)
  gather.sum()
  expect(report).toEqual(totals(5, 2))
})

test('a report that cannot be true is ignored and counted', () => {
  const { gather, ignored } = gathering()
  gather.began(1)
  gather.began(2)
  gather.report(1, totals(5, 2))
  gather.ended(2)
  const before = gather.sum()
  gather.report(2, totals(1, 1))
  gather.report(3, totals(1, 1))
  gather.report(1, totals(4, 2))
  gather.report(1, totals(5, 1))
  gather.report(1, { listeners: {}, servers: {} })
  gather.report(1, { ...totals(6, 2), servers: {} })
  gather.report(1, {
    ...totals(6, 2),
    listeners: { ...totals(6, 2).listeners, other: totals(1, 1).listeners.web ?? fail() },
  })
  gather.report(1, { ...totals(6, 2), servers: { ...totals(6, 2).servers, other: {} } })
  gather.ignore(1)
  expect(ignored).toEqual([2, 3, 1, 1, 1, 1, 1, 1, 1])
  expect(gather.sum()).toEqual(before)
})

const fail = (): never => {
  throw new Error('no totals')
}

/** Every counter of a sum that must not fall, by name. */
const counters = (sum: WorkerTotals): Map<string, number> => {
  const found = new Map<string, number>()
  const walk = (path: string, value: unknown): void => {
    if (typeof value === 'number') found.set(path, value)
    else for (const [key, part] of Object.entries(value as object)) walk(`${path}.${key}`, part)
  }
  walk('', sum)
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
      const { gather } = gathering()
      const workers = [1, 2, 3, 4].map((id) => ({ id, accepted: 0, completed: 0 }))
      let lastId = 4
      for (const { id } of workers) gather.began(id)
      let before = counters(gather.sum())
      for (const { what, worker, count } of happenings) {
        const one = workers[worker] ?? fail()
        if (what === 'accept') one.accepted += count
        if (what === 'complete') one.completed = Math.min(one.accepted, one.completed + count)
        if (what === 'report') gather.report(one.id, totals(one.accepted, one.completed))
        if (what === 'reportOld') gather.report(one.id, totals(0, 0))
        if (what === 'die' || what === 'reportAfterDeath') {
          gather.ended(one.id)
          if (what === 'reportAfterDeath') gather.report(one.id, totals(one.accepted, one.completed))
          lastId += 1
          workers[worker] = { id: lastId, accepted: 0, completed: 0 }
          gather.began(lastId)
        }
        const after = counters(gather.sum())
        for (const [name, value] of before) expect(after.get(name) ?? 0).toBeGreaterThanOrEqual(value)
        before = after
        const { connectionsAccepted = 0, connectionsActive = 0, outcomes = {} } = web(gather) ?? {}
        const ended = Object.values(outcomes).reduce((sum, value) => sum + value, 0)
        expect(connectionsAccepted).toBe(connectionsActive + ended)
      }
    }),
  )
})
