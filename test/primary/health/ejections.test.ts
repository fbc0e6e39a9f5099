import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { hostMs, nowMs } from '../../../src/clock.ts'
import { parseConfig } from '../../../src/config/load.ts'
import { Ejections } from '../../../src/primary/health/ejections.ts'
import { ServersByHand } from '../../../src/primary/operator/servers-by-hand.ts'
import { ServerRoster } from '../../../src/primary/servers/roster.ts'
import { StateOwner } from '../../../src/primary/state-owner.ts'
import type { Supervisor } from '../../../src/primary/workers/supervisor.ts'
import { withServer, withUpstream } from '../../../src/serving/edits.ts'
import { stateOf } from '../../../src/serving/of-config.ts'
import { Totals } from '../../../src/stats/totals.ts'
import { type Mood, MoodyServer } from '../../support/moody-server.ts'
import { told } from '../../support/told.ts'
import { until } from '../../support/until.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

/** An upstream whose first server is real, and workers that answer when they last reached it. */
const ejecting = async (mood: Mood, ejection: object, servers = 2) => {
  const server = await MoodyServer.open(mood)
  const others = Array.from({ length: servers - 1 }, (_, at) => `192.0.2.1:${at + 1}`)
  const config = {
    listeners: [{ name: 'web', listen: ':0', upstream: 'app' }],
    upstreams: [
      { name: 'app', servers: [server.address, ...others], ejection, health: { send: 'PING', expect: 'PING' } },
    ],
  }
  const owner = new StateOwner(
    stateOf(parseConfig(JSON.stringify(config), 'c.json'), () => []),
    { get: () => undefined, close: () => {} },
  )
  const logger = pino({ level: 'silent' })
  const totals = new Totals()
  const roster = new ServerRoster(owner, logger, totals)
  const ejections = new Ejections(owner, roster)
  open.push(server, ejections, owner)
  owner.watch((state) => ejections.follow(state))
  let reachedAtMs: readonly number[] = []
  let asked = 0
  const workers = {
    ask: async () => {
      asked += 1
      return { parts: reachedAtMs.map((part) => ({ worker: 1, part })), missing: [] }
    },
  } as unknown as Supervisor
  const stateNow = (name = server.address) => owner.state.upstreams.get('app')?.servers.get(name)?.state
  return {
    server,
    owner,
    roster,
    others,
    ejections,
    byHand: new ServersByHand(owner, roster, ejections, logger),
    changes: () => totals.of('server', 'app', server.address).stateChanges,
    asked: () => asked,
    stateNow,
    reached: (...times: number[]) => {
      reachedAtMs = times
    },
    fail: async (times: number, name = server.address, atMs = hostMs(nowMs())) => {
      const failed = { upstream: 'app', server: name, error: 'ECONNREFUSED', times, reachedAtMs: 0 }
      ejections.take([{ ...failed, failedAtMs: Array(times).fill(atMs) }], workers)
      await new Promise(setImmediate)
      return stateNow(name)
    },
  }
}

test('a row that reaches its length is asked about, and a success in between that nobody knew of restarts it', async () => {
  const { fail, reached, asked } = await ejecting('refuse', { failures: 3 })
  const now = hostMs(nowMs())
  expect([await fail(1), await fail(1), asked()]).toEqual(['unchecked', 'unchecked', 0])
  reached(now - 10, now + 10_000)
  expect([await fail(1), asked()]).toEqual(['unchecked', 1])
  // What had failed before that success is forgotten, also when it is told late.
  expect([await fail(3), asked()]).toEqual(['unchecked', 1])
  expect(await fail(2, undefined, now + 20_000)).toBe('unchecked')
  expect([await fail(1, undefined, now + 20_000), asked()]).toEqual(['ejected', 2])
})

test('the time out of rotation doubles while the server fails, and begins anew once it has served', async () => {
  const { server, stateNow, fail, reached } = await ejecting('reset', { failures: 1, for: '100ms' })
  const tookUntil = async (what: string, condition: () => boolean): Promise<number> => {
    const began = performance.now()
    await until(what, condition)
    return performance.now() - began
  }
  expect(await fail(1)).toBe('ejected')
  expect(await tookUntil('the first trial', () => server.accepted === 1)).toBeGreaterThan(90)
  expect(await tookUntil('the second trial', () => server.accepted === 2)).toBeGreaterThan(190)
  await server.become('serve')
  expect(await tookUntil('the third brings it back', () => stateNow() === 'unchecked')).toBeGreaterThan(380)
  expect(server.accepted).toBe(3)

  // It has not served since: the time doubles on.
  expect(await fail(1)).toBe('ejected')
  expect(await tookUntil('it comes back', () => stateNow() === 'unchecked')).toBeGreaterThan(790)

  const served = hostMs(nowMs()) + 1
  reached(served)
  expect(await fail(1, undefined, served + 1)).toBe('ejected')
  expect(await tookUntil('it comes back soon', () => stateNow() === 'unchecked')).toBeLessThan(790)
})

test.each([
  [1, 50, 1],
  [2, 50, 1],
  [3, 50, 1],
  [4, 50, 2],
  [5, 10, 1],
  [4, 100, 4],
])('of %i servers with maxPercent %i at most %i are ejected', async (servers, maxPercent, most) => {
  const { server, others, fail, stateNow } = await ejecting('refuse', { failures: 2, maxPercent }, servers)
  const names = [server.address, ...others]
  for (const name of names) await fail(2, name)
  expect(names.filter((name) => stateNow(name) === 'ejected')).toHaveLength(most)
})

test('only a server in rotation is ejected, and one that leaves the config is forgotten', async () => {
  const { server, owner, roster, fail, stateNow } = await ejecting('refuse', { failures: 2, for: '50ms' })
  roster.learn('app', server.address, { byHand: 'drain' })
  expect(await fail(2)).toBe('draining')
  roster.learn('app', server.address, { byHand: 'ready' })
  expect(await fail(2)).toBe('ejected')
  owner.edit((state) => withServer(state, 'app', server.address, undefined))
  expect(await fail(2)).toBeUndefined()
  expect(stateNow()).toBeUndefined()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(server.accepted).toBe(0)
})

test('an ejection that something else has hidden ends in one change, with what ends it', async () => {
  const { server, roster, ejections, byHand, changes, fail, stateNow } = await ejecting('refuse', { failures: 2 })
  const { address } = server
  expect(await fail(2)).toBe('ejected')
  await byHand.set('app', address, 'down')
  expect(await byHand.set('app', address, 'ready')).toMatchObject({
    state: 'unchecked',
    stateReason: 'set to ready by hand',
  })
  expect(changes()).toEqual({ ejected: 1, maintenance: 1, unchecked: 1 })

  expect(await fail(2)).toBe('ejected')
  roster.learn('app', address, { check: { passes: false, reason: 'its check fails', lastMs: 1 } })
  expect(stateNow()).toBe('down')
  const check = { passes: true, reason: 'its check passes', lastMs: 1 }
  ejections.end('app', address, 'its check passes', { check })
  expect(changes()).toEqual({ ejected: 2, maintenance: 1, unchecked: 1, down: 1, up: 1 })
})

test('an ejection ends when the upstream has none any more', async () => {
  const { owner, fail, stateNow } = await ejecting('refuse', { failures: 2 })
  expect(await fail(2)).toBe('ejected')
  owner.edit((state) => {
    const app = state.upstreams.get('app')
    return app ? withUpstream(state, 'app', { ...app, ejection: 'off' }) : state
  })
  await told(owner)
  expect(stateNow()).toBe('unchecked')
  expect(await fail(2)).toBe('unchecked')
})
