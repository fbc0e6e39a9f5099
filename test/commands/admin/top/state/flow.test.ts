import { expect, test } from 'vitest'
import { type Flow, flowAfter, NO_FLOW } from '../../../../../src/commands/admin/top/state/flow.ts'
import { stats } from '../states.ts'

const flow = (before: Flow, atMs: number, toUpstream: number, toClient: number): Flow =>
  flowAfter(before, stats({}, { toUpstream, toClient }), atMs)

test('bytes per second are the difference of two answers', () => {
  const first = flow(NO_FLOW, 1_000, 500, 7_000)
  expect(first.perSecond).toBeUndefined()
  expect(flow(first, 3_000, 700, 7_000).perSecond).toEqual({ toUpstream: 100, toClient: 0 })
})

test('answers that keys have asked for soon after another do not count', () => {
  const first = flow(flow(NO_FLOW, 1_000, 0, 0), 2_000, 100, 0)
  const soon = flow(first, 2_100, 5_100, 0)
  expect(soon.perSecond).toEqual({ toUpstream: 100, toClient: 0 })
  expect(flow(soon, 3_000, 5_100, 0).perSecond).toEqual({ toUpstream: 5_000, toClient: 0 })
})

test('counts that have fallen are those of another copyloop', () => {
  const restarted = flow(flow(NO_FLOW, 1_000, 500, 500), 2_000, 0, 900)
  expect(restarted.perSecond).toBeUndefined()
  expect(flow(restarted, 3_000, 10, 910).perSecond).toEqual({ toUpstream: 10, toClient: 10 })
})
