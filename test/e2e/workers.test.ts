import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { until } from '../support/until.ts'
import { fallen, outcomeSum } from './support/counters.ts'
import { closeAll, echo, echoServer, endOf, open, visit } from './support/echo.ts'
import { inWorkers } from './support/preload.ts'
import { type Copyloop, endAll, lives, relayTo, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

/** The log of a copyloop whose workers were killed: their ends, and nothing worse than a warning. */
const expectNoStrayError = (copyloop: Copyloop): void => {
  expect(copyloop.stderr).toBe('')
  expect(copyloop.log.filter(({ level }) => level > 40)).toEqual([])
}

test('of 500 connections over 3 workers only those of a killed one end, and the totals add up', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 3 })
  const ended = new Set<Socket>()
  const sockets = Array.from({ length: 500 }, () => {
    const socket = open(copyloop.address('web'))
    socket.once('end', () => ended.add(socket)).once('error', () => ended.add(socket))
    return socket
  })
  await Promise.all(sockets.map((socket) => echo(socket, 'hello')))
  const before = await copyloop.untilStats(
    'all are reported',
    ({ totals }) => totals.connectionsActive === 500 && totals.bytesToUpstream === 2500,
  )
  const victim = before.workers.toSorted((one, other) => other.connectionsActive - one.connectionsActive)[0]
  const lost = victim?.connectionsActive ?? 0
  process.kill(victim?.pid ?? 0, 'SIGKILL')
  await until('its connections have ended', () => ended.size === lost)
  const survivors = sockets.filter((socket) => !ended.has(socket))
  await Promise.all(survivors.map((socket) => echo(socket, 'still here')))
  await copyloop.untilStats(
    'it is replaced',
    ({ workers }) => workers.filter(({ state }) => state === 'serving').length === 3,
  )
  for (const socket of survivors) socket.end()
  const stats = await copyloop.untilStats('all have ended', ({ totals }) => totals.connectionsActive === 0)
  expect(stats.totals).toMatchObject({
    connectionsAccepted: 500,
    outcomes: { completed: 500 - lost, internalError: lost },
    bytesToUpstream: 500 * 5 + survivors.length * 10,
  })
  expect(stats.totals).toEqual(stats.listeners.web)
  expectNoStrayError(copyloop)
})

test('20 kills 400 ms apart under constant new connections: none hangs, none is refused, no stray error, nothing falls', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 3, log: { level: 'info', access: false } })
  const address = copyloop.address('web')
  const results = new Map<string, number>()
  let over = false
  const visitor = async (): Promise<void> => {
    while (!over) {
      const result = await resultOfVisit(address)
      results.set(result, (results.get(result) ?? 0) + 1)
    }
  }
  const visitors = Array.from({ length: 8 }, visitor)
  let last = await copyloop.stats()
  const falls: string[] = []
  for (let kills = 0; kills < 20; kills++) {
    await pauseAsScheduled()
    const stats = await copyloop.stats()
    falls.push(...fallen(last, stats))
    last = stats
    const victim = stats.workers.filter(({ state }) => state === 'serving')[kills % 3] ?? stats.workers[0]
    if (victim) process.kill(victim.pid, 'SIGKILL')
  }
  over = true
  await Promise.all(visitors)
  expect(falls).toEqual([])
  expect([...results.keys()].filter((result) => !['echoed', 'ended'].includes(result))).toEqual([])
  expect(results.get('echoed')).toBeGreaterThan(100)
  const stats = await copyloop.untilStats('all have ended', ({ totals }) => totals.connectionsActive === 0)
  expect(outcomeSum(stats)).toBe(stats.totals.connectionsAccepted)
  expectNoStrayError(copyloop)
}, 60_000)

/** The kills come at this pace: it is the fault that is tested, not a wait for something. */
const pauseAsScheduled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 400))

/** `echoed`; `ended` when the worker that had it was killed; `ECONNREFUSED`; or `hangs`. */
const resultOfVisit = (address: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = open(address)
    const hangs = setTimeout(() => finish('hangs'), 15_000)
    const finish = (result: string): void => {
      clearTimeout(hangs)
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', () => socket.write('hello'))
    socket.once('data', () => finish('echoed'))
    void endOf(socket).then((end) => finish(end === 'FIN' || end === 'ECONNRESET' ? 'ended' : end))
  })

test('a worker that does not respond is stale, then killed and replaced, while the others serve and /stats answers', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2 })
  const [stopped] = (await copyloop.stats()).workers
  const pid = stopped?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  const stale = await copyloop.untilStats('it is stale', ({ workers }) =>
    workers.some(({ state }) => state === 'stale'),
  )
  expect(stale.workers.map(({ state }) => state).toSorted()).toEqual(['serving', 'stale'])
  for (let visits = 0; visits < 20; visits++) await visit(copyloop.address('web'))
  expect((await copyloop.admin('/readyz')).status).toBe(200)
  const replaced = ({ workers }: { workers: readonly { pid: number; state: string }[] }) =>
    workers.length === 2 && workers.every((worker) => worker.pid !== pid && worker.state === 'serving')
  const stats = await copyloop.untilStats('it is replaced', replaced, 20_000)
  expect(stats.workers.some((worker) => stale.workers.some((other) => other.pid === worker.pid))).toBe(true)
  expect(copyloop.logged(`has been silent for 10 s and is killed`)).toBe(true)
  expect(await (await copyloop.admin('/metrics')).text()).toContain('copyloop_worker_ends_total{how="killed"} 1\n')
}, 60_000)

test('what a worker sends beside its reports, or in their place, changes nothing and is said once', async () => {
  // Once it serves, and for two seconds: on a busy machine the channel would take more memory than the process may have.
  const flood = inWorkers(`let rounds = 20
  const round = () => {
    for (let count = 0; count < 1000; count++) process.send({ kind: 'report', changed: { scope: NaN } })
    process.send({ kind: 'report', rssBytes: 'x'.repeat(10_000_000) })
    process.send({ type: 'axm:monitor', data: {} })
    if (--rounds > 0) setTimeout(round, 100)
  }
  process.on('message', ({ kind }) => kind === 'patch' && setTimeout(round, 500))`)
  const copyloop = await run(relayTo(await echoServer()), flood)
  await until('the flood', () => copyloop.logged('impossible report'))
  for (let visits = 0; visits < 20; visits++) await visit(copyloop.address('web'))
  const stats = await copyloop.untilStats('all are counted', ({ totals }) => totals.outcomes.completed === 20)
  expect(stats.totals.connectionsAccepted).toBe(20)
  expect(copyloop.log.filter(({ msg }) => msg.includes('impossible report'))).toHaveLength(1)
  expectNoStrayError(copyloop)
})

test('a worker that was only slow becomes serving again', async () => {
  const copyloop = await run(relayTo(await echoServer()))
  const [worker] = (await copyloop.stats()).workers
  process.kill(worker?.pid ?? 0, 'SIGSTOP')
  await copyloop.untilStats('it is stale', ({ workers }) => workers[0]?.state === 'stale')
  expect((await copyloop.admin('/readyz')).status).toBe(503)
  process.kill(worker?.pid ?? 0, 'SIGCONT')
  const stats = await copyloop.untilStats('it serves', ({ workers }) => workers[0]?.state === 'serving')
  expect(stats.workers[0]?.pid).toBe(worker?.pid)
})

test('a primary that was itself stopped does not blame its workers', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2 })
  const { workers } = await copyloop.stats()
  copyloop.signal('SIGSTOP')
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  copyloop.signal('SIGCONT')
  const stats = await copyloop.stats()
  expect(stats.workers.map(({ pid, state }) => ({ pid, state }))).toEqual(
    workers.map(({ pid }) => ({ pid, state: 'serving' })),
  )
})

test('when the primary is killed no worker is left and the port is free', async () => {
  const upstream = await echoServer()
  const copyloop = await run({ ...relayTo(upstream), workers: 3 })
  const address = copyloop.address('web')
  const { workers } = await copyloop.stats()
  const socket = open(address)
  await echo(socket, 'hello')
  copyloop.signal('SIGKILL')
  await until('no worker is left', () => !workers.some(({ pid }) => lives(pid)))
  expect(await echoServer(address)).toBe(address)
})

test.each(ENGINES)('a worker that is stopped does not outlive a killed primary, engine $name', async ({ name }) => {
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2, engine: name })
  const address = copyloop.address('web')
  const { workers } = await copyloop.stats()
  for (const { pid } of workers) process.kill(pid, 'SIGSTOP')
  copyloop.signal('SIGKILL')
  try {
    await until('no worker is left', () => !workers.some(({ pid }) => lives(pid)))
  } finally {
    for (const { pid } of workers) if (lives(pid)) process.kill(pid, 'SIGKILL')
  }
  expect(await echoServer(address)).toBe(address)
})
