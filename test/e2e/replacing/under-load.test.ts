import { afterEach, describe, expect, test } from 'vitest'
import { ENGINES } from '../../support/engines.ts'
import { until } from '../../support/until.ts'
import { command } from '../support/admin.ts'
import { fallen, outcomeSum } from '../support/counters.ts'
import { closeAll, echo, echoServer, endOf, fate, open } from '../support/echo.ts'
import { type Copyloop, endAll, relayTo, run } from '../support/proxy.ts'
import { Reloading } from '../support/reloading.ts'
import { endsOf, NO_ENDS, replaceWorkers, servingPids } from '../support/replacing.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

/** Connects again and again until it is stopped. @returns what came of it, by how often */
const visitors = (copyloop: Copyloop, count: number) => {
  const fates = new Map<string, number>()
  let over = false
  const visitor = async (): Promise<void> => {
    while (!over) {
      const socket = open(copyloop.address('web'))
      const result = await fate(socket)
      socket.end()
      fates.set(result, (fates.get(result) ?? 0) + 1)
    }
  }
  const all = Promise.all(Array.from({ length: count }, visitor))
  return {
    fates,
    stop: async () => {
      over = true
      await all
    },
  }
}

describe.each(ENGINES)('engine $name', ({ name }) => {
  test('all workers are replaced under constant new connections: none is refused or reset, and living ones end when they end', async () => {
    const config = { ...relayTo(await echoServer()), workers: 2, engine: name, log: { level: 'info', access: false } }
    const copyloop = await run(config)
    const before = await copyloop.stats()
    const old = before.workers.map(({ pid }) => pid)
    const living = Array.from({ length: 20 }, () => open(copyloop.address('web')))
    await Promise.all(living.map((socket) => echo(socket, 'hello')))
    const { fates, stop } = visitors(copyloop, 4)

    const reloaded = command(['reload', '--workers', '--admin', copyloop.adminAddress])
    const during = await copyloop.untilStats('both have successors', ({ workers }) => {
      const serving = workers.filter(({ state }) => state === 'serving')
      return serving.length === 2 && !serving.some(({ pid }) => old.includes(pid))
    })
    // Those who live are still with the old ones, which accept nobody, or have moved.
    const leaving = during.workers.filter(({ state }) => state === 'draining')
    expect(leaving.every(({ pid }) => old.includes(pid))).toBe(true)
    await until('new clients are served', () => (fates.get('served') ?? 0) > 50)
    await Promise.all(living.map((socket) => echo(socket, 'still here')))
    const ends = living.map(endOf)
    for (const socket of living) socket.end()
    expect(new Set(await Promise.all(ends))).toEqual(new Set(['FIN']))

    const { code, stdout, stderr } = await reloaded
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('workers that were replaced: 2\n')
    expect(stdout.endsWith('the old workers have left\n')).toBe(true)
    await stop()
    expect([...fates.keys()]).toEqual(['served'])
    expect(await endsOf(copyloop)).toEqual({ ...NO_ENDS, replaced: 2 })
    const stats = await copyloop.untilStats('all have ended', ({ totals }) => totals.connectionsActive === 0)
    expect(stats.workers).toHaveLength(2)
    expect(fallen(before, stats)).toEqual([])
    expect(outcomeSum(stats)).toBe(stats.totals.connectionsAccepted)
    expect(Object.keys(stats.totals.outcomes)).toEqual(['completed'])
    expect(copyloop.log.filter(({ level }) => level > 30)).toEqual([])
  }, 60_000)
})

test('limits and loads hold over old and new workers together', async () => {
  const [one, other] = [await echoServer(), await echoServer()]
  const copyloop = await run({
    workers: 2,
    listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app', maxConnections: 8 }],
    upstreams: [{ name: 'app', balance: 'leastConnections', servers: [one, other] }],
  })
  const connected = async () => {
    const socket = open(copyloop.address('web'))
    await echo(socket, 'hello')
    return socket
  }
  const countsOf = async () =>
    Object.values((await copyloop.stats()).upstreams.app?.servers ?? {}).map(
      ({ connectionsActive }) => connectionsActive,
    )
  const living = []
  for (let count = 0; count < 6; count++) living.push(await connected())
  expect(await countsOf()).toEqual([3, 3])
  expect(await replaceWorkers(copyloop)).toMatchObject({
    status: 200,
    body: { applied: true, workers: { replaced: 2 } },
  })
  for (let count = 0; count < 2; count++) living.push(await connected())
  expect(await countsOf()).toEqual([4, 4])
  expect(await fate(open(copyloop.address('web')))).toBe('ECONNRESET')
  living[0]?.end()
  await copyloop.untilStats('one has ended', ({ totals }) => totals.connectionsActive === 7)
  await connected()
  expect(await countsOf()).toEqual([4, 4])
})

test('connections that do not end in time are cut as drained, and until then no further replacement begins', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), engine: 'streams', drainTimeout: '2s' })
  const socket = open(copyloop.address('web'))
  await echo(socket, 'hello')
  const ended = endOf(socket)
  expect((await replaceWorkers(copyloop)).status).toBe(200)
  const pids = await servingPids(copyloop)
  const refused = await replaceWorkers(copyloop)
  expect(refused.status).toBe(500)
  expect(refused.body.error).toContain(
    '1 replaced earlier still drain, and there is no place for more; try again once they have left',
  )
  expect(await servingPids(copyloop)).toEqual(pids)
  expect(await ended).toBe('ECONNRESET')
  await copyloop.untilStats('it has left', ({ workers }) => workers.length === 1)
  expect((await copyloop.stats()).totals.outcomes).toEqual({ drained: 1 })
  await until('the log says so', () =>
    copyloop.logged('worker 1 has left: 0 connections handed over, 0 ended by themselves, 1 cut short'),
  )
  expect((await replaceWorkers(copyloop)).status).toBe(200)
})

// With the kernel engine its connections have moved.
test('a worker that leaves follows the state, but takes no sockets', async () => {
  const upstreams = [{ name: 'app', servers: [await echoServer()] }]
  const config = (...listeners: readonly object[]) => ({ engine: 'streams', listeners, upstreams })
  const web = { name: 'web', listen: '127.0.0.1:0', upstream: 'app' }
  const reloading = await Reloading.run(config(web))
  const { copyloop } = reloading
  const [idle, busy] = [open(copyloop.address('web')), open(copyloop.address('web'))]
  await Promise.all([idle, busy].map((socket) => echo(socket, 'hello')))
  expect((await replaceWorkers(copyloop)).status).toBe(200)

  const { body } = await reloading.to(config(web, { ...web, name: 'more' }))
  expect([body.applied, body.partial]).toEqual([true, undefined])
  await until('the new listener is in the log', () => copyloop.addresses('more').length === 1)
  const more = copyloop.address('more')
  expect(await fate(open(more))).toBe('served')
  const ended = endOf(idle)
  const talking = setInterval(() => busy.write('.'), 50)
  await reloading.to(config({ ...web, timeouts: { idle: '2s' } }))
  expect(await ended).toBe('ECONNRESET')
  // Nobody holds the socket that is gone.
  expect(await fate(open(more))).toBe('ECONNREFUSED')
  const { workers, totals } = await copyloop.stats()
  clearInterval(talking)
  expect([workers.map(({ state }) => state).toSorted(), totals.outcomes.idleTimeout]).toEqual([
    ['draining', 'serving'],
    1,
  ])
})
