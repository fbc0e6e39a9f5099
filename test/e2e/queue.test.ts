/** `maxConnections` of servers, and the queue before them, over four workers: never exceeded, and first come first served. */
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { Random } from '../support/random.ts'
import { until } from '../support/until.ts'
import { Clients } from './support/clients.ts'
import { type CountingServer, closeCountingServers, openCountingServer } from './support/counting-server.ts'
import { closeAll, endOf, open } from './support/echo.ts'
import { runEditable } from './support/editable.ts'
import { type Copyloop, endAll, run } from './support/proxy.ts'
import { expectServedInOrder } from './support/queue-order.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await closeCountingServers()
})

const WORKERS = 4

const config = (engine: string, all: readonly CountingServer[], maxConnections: number, upstream: object = {}) => ({
  workers: WORKERS,
  engine,
  listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
  upstreams: [{ name: 'app', servers: all.map(({ address }) => ({ address, maxConnections })), ...upstream }],
})

const outcomes = (copyloop: Copyloop, outcome: string) => copyloop.log.filter((line) => line.outcome === outcome)

describe.each(['kernel', 'streams'])('over 4 workers, engine %s,', (engine) => {
  test('a storm of clients fills both servers to the last place and never exceeds it; the rest is refused', async () => {
    const all = [await openCountingServer(), await openCountingServer()]
    const copyloop = await run(config(engine, all, 7))
    const clients = new Clients(copyloop)
    clients.open(200)
    await until('each is served or refused', () => clients.served.length + clients.ended.length === 200)
    expect(all.map(({ living, highest }) => [living.size, highest])).toEqual([
      [7, 7],
      [7, 7],
    ])
    await until('the lines', () => outcomes(copyloop, 'overLimit').length === 186)
  }, 60_000)

  test('clients wait in the order in which they came, and each is served when there is room', async () => {
    const server = await openCountingServer()
    const queue = { length: 50, timeout: '1m' }
    const copyloop = await run(config(engine, [server], 1, { queue }))
    await expectServedInOrder(copyloop, server)
    // The first client of a round does not wait.
    const waited = () => copyloop.log.filter(({ queueMs }) => Number(queueMs) > 0).length
    await until('the lines', () => waited() > 0 && waited() === server.accepted - server.accepted / 21)
    await copyloop.untilStats('nobody waits', ({ upstreams }) => upstreams.app?.queued === 0)
  }, 60_000)

  test('no more wait than may, and those that wait too long end as queueTimeout', async () => {
    const server = await openCountingServer()
    const copyloop = await run(config(engine, [server], 1, { queue: { length: 10, timeout: '1s' } }))
    const clients = new Clients(copyloop)
    clients.open(1)
    await until('the first is served', () => clients.served.length === 1)
    clients.open(40)
    await until('30 are refused at once', () => clients.ended.length === 30, 900)
    await until('the others too', () => clients.ended.length === 40)
    await until('the lines', () => outcomes(copyloop, 'queueTimeout').length === 10)
    expect(outcomes(copyloop, 'overLimit')).toHaveLength(30)
    for (const { queueMs, phase } of outcomes(copyloop, 'queueTimeout')) {
      expect(phase).toBe('queue')
      expect(queueMs).toBeGreaterThanOrEqual(1_000)
      expect(queueMs).toBeLessThan(1_500)
    }
    expect(server.accepted).toBe(1)
  }, 60_000)

  const leavers: [string, (socket: Socket) => void][] = [
    ['nothing', () => {}],
    ['more than is read', (socket) => void socket.write(Buffer.alloc(200 * 1024))],
    ['a FIN', (socket) => void socket.end()],
    ['bytes and a FIN', (socket) => void socket.end('some bytes')],
  ]

  test('a client leaves the queue with its reset, whatever it has sent', async () => {
    const server = await openCountingServer()
    const copyloop = await run(config(engine, [server], 1, { queue: { length: 10, timeout: '1m' } }))
    const clients = new Clients(copyloop)
    clients.open(1)
    await until('the first is served', () => clients.served.length === 1)
    for (const [index, [what, send]] of leavers.entries()) {
      const socket = open(copyloop.address('web'))
      await copyloop.untilStats(`one waits that sends ${what}`, ({ upstreams }) => upstreams.app?.queued === 1)
      send(socket)
      await until('its bytes are under way', () => socket.writableLength === 0 || socket.bytesWritten > 64 * 1024)
      // Its bytes and its FIN are read before the reset comes.
      await new Promise((resolve) => setTimeout(resolve, 200))
      expect((await copyloop.stats()).upstreams.app?.queued, what).toBe(1)
      socket.resetAndDestroy()
      await copyloop.untilStats(`who has sent ${what} has left`, ({ upstreams }) => upstreams.app?.queued === 0)
      await until('its line', () => outcomes(copyloop, 'clientGone').length === index + 1)
      expect(outcomes(copyloop, 'clientGone')[index], what).toMatchObject({ phase: 'queue', endedBy: 'client' })
    }
    expect(server.accepted).toBe(1)
  }, 60_000)

  test('onLimit holds for those that a full queue refuses', async () => {
    const server = await openCountingServer()
    const full = config(engine, [server], 1)
    const listeners = ['reset', 'close'].map((onLimit) => ({
      name: onLimit,
      listen: '127.0.0.1:0',
      upstream: 'app',
      onLimit,
    }))
    const copyloop = await run({ ...full, listeners: [...full.listeners, ...listeners] })
    const clients = new Clients(copyloop)
    clients.open(1)
    await until('the first is served', () => clients.served.length === 1)
    expect(await endOf(open(copyloop.address('reset')).resume())).toBe('ECONNRESET')
    expect(await endOf(open(copyloop.address('close')).resume())).toBe('FIN')
    await until('their lines', () => outcomes(copyloop, 'overLimit').length === 2)
  }, 60_000)

  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)

  test(`hundreds that come and go, and some that leave the queue, never exceed it, and all of it is used (SEED=${seed})`, async () => {
    const random = new Random(seed)
    const server = await openCountingServer()
    const copyloop = await run(config(engine, [server], 5, { queue: { length: 500, timeout: '1m' } }))
    const clients = new Clients(copyloop)
    let reset = 0
    server.onConnection = (socket) =>
      setTimeout(() => server.end(socket, random.pick(['fin', 'rst'])), random.between(0, 4))
    for (let round = 0; round < 30; round++) {
      clients.open(10)
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 10)))
      const leaving = clients.sockets.at(-random.between(1, 10))
      if (leaving && !leaving.destroyed && random.next() < 0.5) {
        leaving.resetAndDestroy()
        reset += 1
      }
    }
    for (const socket of clients.sockets) socket.on('end', () => socket.end())
    await until(
      () => `all have ended: ${clients.ended.length} of 300, ${reset} by themselves`,
      () => clients.ended.length === 300,
      50_000,
    )
    expect(server.highest).toBe(5)
    await copyloop.untilStats(
      'nothing is left',
      ({ totals, upstreams }) => totals.connectionsActive === 0 && upstreams.app?.queued === 0,
    )
    expect(outcomes(copyloop, 'overLimit')).toEqual([])
    server.onConnection = () => {}
    const more = new Clients(copyloop)
    more.open(5)
    await until('five are served at once', () => more.served.length === 5)
  }, 90_000)

  test('what a killed worker had at a server, and in the queue, is free within a second', async () => {
    const server = await openCountingServer()
    const copyloop = await run(config(engine, [server], 20, { queue: { length: 20, timeout: '1m' } }))
    const clients = new Clients(copyloop)
    clients.open(40)
    await until('half are served', () => clients.served.length === 20)
    const stats = await copyloop.untilStats('half wait', ({ upstreams }) => upstreams.app?.queued === 20)
    const [victim] = stats.workers.toSorted((one, other) => other.connectionsActive - one.connectionsActive)
    const lost = victim?.connectionsActive ?? 0
    process.kill(victim?.pid ?? 0, 'SIGKILL')
    await until('its clients are gone', () => clients.ended.length === lost)
    const left = 40 - lost
    await until('others have its places', () => server.living.size === Math.min(20, left), 1_500)
    expect(server.highest).toBe(20)
    // And its places in the queue.
    await copyloop.untilStats('it is replaced', ({ workers }) => workers.every(({ state }) => state === 'serving'))
    clients.open(40)
    await until('the queue is full', () => clients.ended.length === 40)
    await copyloop.untilStats('half wait again', ({ upstreams }) => upstreams.app?.queued === 20)
  }, 60_000)

  test('a stopped worker whose clients wait longest does not hold up the others', async () => {
    const server = await openCountingServer()
    const copyloop = await run(config(engine, [server], 1, { queue: { length: 100, timeout: '1m' } }))
    const clients = new Clients(copyloop)
    clients.open(1)
    await until('the first is served', () => clients.served.length === 1)
    // Its worker must go on, to give its place back.
    const { workers } = await copyloop.untilStats('it is counted', ({ totals }) => totals.connectionsActive === 1)
    const holder = workers.find(({ connectionsActive }) => connectionsActive === 1)?.pid
    clients.open(30)
    const stats = await copyloop.untilStats('they wait', ({ upstreams }) => upstreams.app?.queued === 30)
    const victim = stats.workers.find(({ pid, connectionsActive }) => pid !== holder && connectionsActive > 1)
    if (victim === undefined) return console.log('not tested: all came to one worker')
    process.kill(victim.pid, 'SIGSTOP')
    try {
      server.onConnection = (socket) => setImmediate(() => server.end(socket, 'rst'))
      const began = performance.now()
      for (const socket of [...server.living]) server.end(socket, 'rst')
      const others = 31 - victim.connectionsActive
      await until('all but its clients are served', () => server.accepted === others)
      expect(performance.now() - began).toBeLessThan(1_500)
    } finally {
      process.kill(victim.pid, 'SIGCONT')
    }
    await until('its clients too', () => server.accepted === 31)
    expect(server.highest).toBe(1)
  }, 60_000)

  test('a limit and a queue that change while clients wait are followed at once', async () => {
    const server = await openCountingServer()
    const copyloop = await runEditable(config(engine, [server], 2, { queue: { length: 10, timeout: '1m' } }))
    const clients = new Clients(copyloop)
    clients.open(8)
    await copyloop.untilStats('six wait', ({ upstreams }) => upstreams.app?.queued === 6)
    const [host, port] = server.address.split(':')
    const limited = (maxConnections: number, state = 'up') => ({
      upstream: 'app',
      name: server.address,
      server: { address: { kind: 'tcp', host, port: Number(port) }, weight: 1, maxConnections, state },
    })
    await copyloop.edit('setServer', limited(5))
    await until('three more are served', () => clients.served.length === 5)
    await copyloop.edit('setServer', limited(8, 'down'))
    await copyloop.untilServed()
    expect(clients.served).toHaveLength(5)
    // It comes back, and the queue is emptied as far as it may be.
    await copyloop.edit('setServer', limited(7))
    await until('two more are served', () => clients.served.length === 7)
    await copyloop.untilStats('one waits', ({ upstreams }) => upstreams.app?.queued === 1)
    expect(server.highest).toBe(7)
  }, 60_000)
})
