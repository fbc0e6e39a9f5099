/** What is served changes under load: nothing is refused, nothing is cut, and what is gone leaves nothing behind. */
import { readdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, endOf, open, visit } from './support/echo.ts'
import { type EditableCopyloop, runEditable } from './support/editable.ts'
import { endAll, relayTo } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const serverState = (address: string, changes: object = {}) => {
  const [host = '', port = ''] = address.split(':')
  return { address: { kind: 'tcp', host, port: Number(port) }, weight: 1, tier: 0, state: 'up', ...changes }
}

const descriptors = async (copyloop: EditableCopyloop): Promise<number[]> => {
  const { workers } = await copyloop.stats()
  return workers.map(({ pid }) => readdirSync(`/proc/${pid}/fd`).length)
}

/** Clients that come one after the other at an address, until they are told to stop; the first failure is kept. */
const keepVisiting = (address: string) => {
  let visits = 0
  let stopped = false
  const loop = async (): Promise<void> => {
    while (!stopped) {
      await visit(address)
      visits += 1
    }
  }
  const all = Promise.all(Array.from({ length: 4 }, loop))
  all.catch(() => {})
  return {
    /** Resolves when `count` more have come and gone. */
    more: async (count: number) => {
      const goal = visits + count
      await Promise.race([until('visits', () => visits >= goal), all])
    },
    stop: async () => {
      stopped = true
      await all
      return visits
    },
  }
}

/** Has a text sent back through connections that live long. */
const expectAlive = async (sockets: readonly Socket[]): Promise<void> => {
  for (const socket of sockets) await echo(socket, 'still here')
}

describe.each(['kernel', 'streams'])('what is served changes, engine %s', (engine) => {
  test('servers, upstreams, limits and clocks change under load: no client is refused or cut', async () => {
    const [one, two] = [await echoServer(), await echoServer()]
    const copyloop = await runEditable({ ...relayTo(one), engine, workers: 2 })
    const address = copyloop.address('web')
    const living = Array.from({ length: 20 }, () => open(address))
    await expectAlive(living)
    const load = keepVisiting(address)
    const counts = async () => (await copyloop.stats()).upstreams
    const total = async (upstream: string, server: string) => {
      const found = (await counts())[upstream]?.servers[server]
      return found?.connectionsTotal ?? 0
    }

    await copyloop.edit('setServer', { upstream: 'app', name: two, server: serverState(two) })
    await copyloop.untilServed()
    await load.more(20)
    expect(await total('app', two)).toBeGreaterThan(0)

    await copyloop.edit('setServer', { upstream: 'app', name: one, server: serverState(one, { state: 'down' }) })
    await copyloop.untilServed()
    await load.more(10)
    const before = await total('app', one)
    await load.more(20)
    expect(await total('app', one)).toBe(before)
    await copyloop.edit('setServer', { upstream: 'app', name: one, server: undefined })

    await copyloop.edit('setUpstream', { name: 'other', servers: [[one, serverState(one)]] })
    await copyloop.edit('changeListener', { name: 'web', changes: { upstream: 'other' } })
    await copyloop.edit('setUpstream', { name: 'app' })
    await copyloop.untilServed()
    await load.more(20)
    expect(await total('other', one)).toBeGreaterThan(0)
    expect(Object.keys(await counts())).toEqual(['other'])
    await expectAlive(living)

    expect(await load.stop()).toBeGreaterThan(90)
    const idle = { connectMs: 1_000, idleMs: 200, stallMs: 10_000, halfCloseMs: 10_000, maxAgeMs: 60_000 }
    const ends = living.map(endOf)
    await copyloop.edit('changeListener', { name: 'web', changes: { timeouts: idle, maxConnections: 2 } })
    expect(new Set(await Promise.all(ends))).toEqual(new Set(['ECONNRESET']))
    const { totals } = await copyloop.untilStats('all have ended', (stats) => stats.totals.connectionsActive === 0)
    expect(totals.outcomes).toEqual({ completed: expect.any(Number), idleTimeout: 20 })
  }, 60_000)

  test('listeners come and go in living workers under load, and leave no descriptor', async () => {
    const server = await echoServer()
    const copyloop = await runEditable({ ...relayTo(server), engine, workers: 2 })
    const load = keepVisiting(copyloop.address('web'))
    await load.more(10)
    const comeAndGo = async (): Promise<void> => {
      const port = await copyloop.edit('addListener', {
        name: 'extra',
        like: 'web',
        listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      })
      await copyloop.untilServed()
      const address = `127.0.0.1:${port}`
      const living = Array.from({ length: 4 }, () => open(address))
      await expectAlive(living)
      await copyloop.edit('removeListener', { name: 'extra' })
      await copyloop.untilServed()
      expect(await endOf(open(address))).toBe('ECONNREFUSED')
      await expectAlive(living)
      for (const socket of living) socket.end()
      await Promise.all(living.map(endOf))
    }
    await comeAndGo()
    await load.stop()
    const quiet = () => copyloop.untilStats('nobody is there', ({ totals }) => totals.connectionsActive === 0)
    await quiet()
    const before = await descriptors(copyloop)
    for (let round = 0; round < 10; round++) await comeAndGo()
    await quiet()
    const after = await descriptors(copyloop)
    for (const [index, count] of after.entries()) expect(count).toBeLessThanOrEqual(before[index] ?? 0)
    const { totals, listeners } = await copyloop.stats()
    expect(Object.keys(listeners)).toEqual(['web'])
    // What a listener that is gone has counted stays in the sum.
    const { connectionsAccepted = 0 } = listeners.web ?? {}
    expect(totals.connectionsAccepted).toBe(connectionsAccepted + 44)
  }, 60_000)
})

test('a worker that is killed among edits is replaced at the newest version', async () => {
  const server = await echoServer()
  const copyloop = await runEditable({ ...relayTo(server), workers: 4 })
  const pids = (await copyloop.stats()).workers.map(({ pid }) => pid)
  const storm = copyloop.edit('storm', { upstream: 'app', name: server, count: 2_000, withinMs: 2_000 })
  process.kill(pids[0] ?? 0, 'SIGKILL')
  await storm
  await copyloop.untilStats(
    'it is replaced',
    ({ workers }) => workers.every(({ pid, state }) => pid !== pids[0] && state === 'serving') && workers.length === 4,
  )
  await copyloop.untilServed()
  const { workers } = await copyloop.stats()
  expect(workers.map(({ stateVersion }) => stateVersion)).toEqual([2_001, 2_001, 2_001, 2_001])
  for (let visits = 0; visits < 20; visits++) await visit(copyloop.address('web'))
}, 60_000)

test('a change that cannot be applied is not shown as served, and the next one is', async () => {
  const server = await echoServer()
  const copyloop = await runEditable({ ...relayTo(server), workers: 2 })
  const versions = async () => (await copyloop.stats()).workers.map(({ stateVersion }) => stateVersion)
  const missing = { use: '/no/such/inspector.js', options: {}, directions: 'both', timeoutMs: 100, onFailure: 'close' }
  await copyloop.edit('changeListener', { name: 'web', changes: { inspect: [missing] } })
  const refusals = () => copyloop.log.filter(({ msg }) => msg.startsWith('a change cannot be applied'))
  await until('both have refused it', () => refusals().length === 2)
  expect(await versions()).toEqual([1, 1])
  await visit(copyloop.address('web'))
  await copyloop.edit('changeListener', { name: 'web', changes: { inspect: [] } })
  await copyloop.untilServed()
  expect(await versions()).toEqual([3, 3])
  await visit(copyloop.address('web'))
})

test('a listener without its upstream is not served, and it is once the upstream is there', async () => {
  const server = await echoServer()
  const copyloop = await runEditable({ ...relayTo(server), workers: 2 })
  const listen = { kind: 'tcp', host: '127.0.0.1', port: 0 }
  await copyloop.edit('addListener', { name: 'extra', like: 'web', listen })
  await copyloop.untilServed()
  await copyloop.edit('changeListener', { name: 'extra', changes: { upstream: 'other', maxConnections: 1 } })
  const refusals = () => copyloop.log.filter(({ msg }) => msg.startsWith('a change cannot be applied'))
  await until('both have refused it', () => refusals().length === 2)
  const port = await copyloop.edit('addListener', { name: 'third', like: 'extra', listen })
  await until('both have refused that as well', () => refusals().length === 4)
  await copyloop.edit('setUpstream', { name: 'other', servers: [[server, serverState(server)]] })
  await copyloop.untilServed()
  await visit(`127.0.0.1:${port}`)
  expect((await copyloop.stats()).upstreams.other?.servers[server]?.connectionsTotal).toBe(1)
})
