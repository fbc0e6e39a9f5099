import { expect, test } from 'vitest'
import { byKind, outcomeKind } from '../../../src/dashboard/model/outcome-kinds.ts'
import { listenerRows, outcomeRows } from '../../../src/dashboard/model/rows.ts'
import { upstreamGroups } from '../../../src/dashboard/model/server-rows.ts'
import { OUTCOMES } from '../../../src/proxy/outcome.ts'
import { server, stats, totals, withServers } from '../support.ts'

const NO_PAST = { before: undefined, earlier: undefined }

test('servers that need somebody come first, and of each kind in the order of the config', () => {
  const servers = {
    'up:1': server(),
    'drained:1': server({ state: 'draining' }),
    'down:1': server({ state: 'down' }),
    'up:2': server(),
    'down:2': server({ state: 'down' }),
    'ejected:1': server({ state: 'ejected' }),
  }
  const [group] = upstreamGroups(stats(withServers(servers)), NO_PAST)
  expect(group?.rows.map((row) => row.server)).toEqual(['down:1', 'down:2', 'ejected:1', 'drained:1', 'up:1', 'up:2'])
  expect([group?.inRotation, group?.total]).toEqual([2, 6])
})

test('so do upstreams: those that serve nobody, then those with a sick server', () => {
  const upstreams = {
    fine: { queued: 0, servers: { a: server() } },
    byHand: { queued: 0, servers: { a: server({ state: 'draining' }), b: server() } },
    sick: { queued: 0, servers: { a: server({ state: 'down' }), b: server() } },
    empty: { queued: 0, servers: { a: server({ state: 'maintenance' }) } },
  }
  const groups = upstreamGroups(stats({ upstreams }), NO_PAST)
  expect(groups.map(({ upstream }) => upstream)).toEqual(['empty', 'sick', 'fine', 'byHand'])
})

test('rates are of the time between two states, and failures of a minute', () => {
  const before = stats({
    uptimeSeconds: 95,
    ...withServers({ 'a:1': server({ connectionsTotal: 100, bytesToClient: 1_000, dialFailures: 3 }) }),
  })
  const after = stats(
    withServers({
      'a:1': server({ connectionsTotal: 110, bytesToClient: 6_000, dialFailures: 5 }),
      'new:1': server({ connectionsTotal: 10, dialFailures: 7 }),
    }),
  )
  const [group] = upstreamGroups(after, { before, earlier: before })
  expect(group?.rows[0]).toMatchObject({ newPerSecond: 2, toClientPerSecond: 1_000, dialFailuresLately: 2 })
  expect(group?.rows[1]).toMatchObject({ newPerSecond: 0, dialFailuresLately: 0 })
  expect(upstreamGroups(after, NO_PAST)[0]?.rows[0]).toMatchObject({ newPerSecond: 0, dialFailuresLately: 0 })
})

test('a counter that has begun anew has no rate', () => {
  const listeners = { web: totals({ connectionsAccepted: 500 }) }
  const [row] = listenerRows(stats({ uptimeSeconds: 2 }), stats({ uptimeSeconds: 100, listeners }))
  expect(row?.newPerSecond).toBe(0)
})

test('outcomes that need somebody come first', () => {
  const earlier = stats({ totals: totals({ outcomes: { completed: 900, dialFailed: 4 } }) })
  const now = stats({ totals: totals({ outcomes: { completed: 1_000, clientReset: 5, dialFailed: 4, noServer: 2 } }) })
  expect(outcomeRows(now, earlier)).toEqual([
    { outcome: 'noServer', kind: 'failed', lately: 2, total: 2 },
    { outcome: 'dialFailed', kind: 'failed', lately: 0, total: 4 },
    { outcome: 'clientReset', kind: 'cutShort', lately: 5, total: 5 },
    { outcome: 'completed', kind: 'completed', lately: 100, total: 1_000 },
  ])
  expect(outcomeRows(now, undefined).map(({ lately }) => lately)).toEqual([0, 0, 0, 0])
})

test('every kind of outcome is one of the list, and one that is not known yet is no failure', () => {
  const all = Object.keys(OUTCOMES)
  expect(byKind(all, () => 1)).toEqual({ completed: 1, failed: 10, cutShort: all.length - 11 })
  expect(outcomeKind('somethingNew')).toBe('cutShort')
})
