/** Limits per client and rates over four workers: never exceeded, usable to the end, and free again when a worker is killed. */
import { afterEach, describe, expect, test } from 'vitest'
import { cpuMsOf } from '../support/limits.ts'
import { until } from '../support/until.ts'
import { type CountingServer, closeCountingServers, openCountingServer } from './support/counting-server.ts'
import { closeAll, echo, fate, openFrom } from './support/echo.ts'
import { runEditable } from './support/editable.ts'
import { inWorkers } from './support/preload.ts'
import { type Copyloop, endAll, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await closeCountingServers()
})

const config = (server: CountingServer, engine: string, listener: object, workers = 4) => ({
  workers,
  engine,
  listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app', ...listener }],
  upstreams: [{ name: 'app', servers: [server.address] }],
  log: { access: false },
})

/** So many at once from one address: those that are served, and how the others ended. */
const visitAtOnce = async (count: number, from: string, address: string) => {
  const clients = Array.from({ length: count }, () => openFrom(from, address))
  const fates = await Promise.all(clients.map(fate))
  return {
    served: clients.filter((_, index) => fates[index] === 'served'),
    refused: fates.filter((each) => each !== 'served'),
  }
}

const untilActive = (copyloop: Copyloop, living: number) =>
  copyloop.untilStats(
    `${living} live`,
    ({ totals, workers }) =>
      totals.connectionsActive === living &&
      workers.reduce((sum, { connectionsActive }) => sum + connectionsActive, 0) === living,
  )

describe.each(['kernel', 'streams'])('engine %s, 4 workers:', (engine) => {
  test('each client has its own connections: never one more, all of them usable, and those of a killed worker are free within a second', async () => {
    const server = await openCountingServer()
    const copyloop = await run(config(server, engine, { maxConnectionsPerClient: 20 }))
    const address = copyloop.address('web')
    const first = await visitAtOnce(60, '127.0.0.1', address)
    expect(first.served).toHaveLength(20)
    expect(new Set(first.refused)).toEqual(new Set(['ECONNRESET']))
    expect((await visitAtOnce(60, '127.0.0.2', address)).served).toHaveLength(20)
    expect(server.living.size).toBe(40)

    const left = first.served.splice(0, 7)
    for (const socket of left) socket.destroy()
    await untilActive(copyloop, 33)
    expect((await visitAtOnce(30, '127.0.0.1', address)).served).toHaveLength(7)

    const { workers } = await untilActive(copyloop, 40)
    const [victim] = workers.toSorted((one, other) => other.connectionsActive - one.connectionsActive)
    process.kill(victim?.pid ?? 0, 'SIGKILL')
    await until('its end is known', () => copyloop.logged('worker ended: killed by SIGKILL'), 1_000)
    const [one, other] = [await visitAtOnce(30, '127.0.0.1', address), await visitAtOnce(30, '127.0.0.2', address)]
    expect(one.served.length + other.served.length).toBe(victim?.connectionsActive)
    expect(server.living.size).toBe(40)
  }, 60_000)

  test('new connections keep to the rate of the listener and of each client: never more, and nearly all of it', async () => {
    const server = await openCountingServer()
    const rates = { connectionRate: { rate: '20/s', burst: 20 }, connectionRatePerClient: { rate: '15/s', burst: 15 } }
    const copyloop = await run(config(server, engine, { ...rates, onLimit: 'close' }))
    const address = copyloop.address('web')
    const accepted = { '127.0.0.1': 0, '127.0.0.2': 0 }
    const ends = new Set<string>()
    const began = performance.now()
    let last = began
    const client = async (from: keyof typeof accepted): Promise<void> => {
      while (performance.now() - began < 3_000) {
        const socket = openFrom(from, address)
        const ended = await fate(socket)
        socket.destroy()
        if (ended === 'served') accepted[from] += 1
        else ends.add(ended)
        last = performance.now()
      }
    }
    const both = ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.2', '127.0.0.2'] as const
    await Promise.all(both.map(client))
    const seconds = (last - began) / 1_000
    const total = accepted['127.0.0.1'] + accepted['127.0.0.2']
    expect(total).toBeLessThanOrEqual(20 + 20 * seconds)
    expect(Math.max(...Object.values(accepted))).toBeLessThanOrEqual(15 + 15 * seconds)
    // The burst outlasts what a busy machine keeps the clients from asking.
    expect(total).toBeGreaterThan(0.95 * 20 * 3)
    // A refused client that had sent something already is reset by its own kernel.
    expect([...ends].every((end) => ['FIN', 'ECONNRESET', 'EPIPE'].includes(end))).toBe(true)
    expect(ends.has('FIN')).toBe(true)
    const { totals } = await untilActive(copyloop, 0)
    expect(Object.keys(totals.outcomes)).toContain('overLimit')
  }, 60_000)

  test('a client that a PROXY header names is counted, not the peer that sent the header', async () => {
    const server = await openCountingServer()
    const copyloop = await run(config(server, engine, { acceptProxyProtocol: 'v1', maxConnectionsPerClient: 2 }))
    const fateOf = (client: string): Promise<string> => {
      const socket = openFrom('127.0.0.1', copyloop.address('web'))
      socket.write(`PROXY TCP4 ${client} 198.51.100.1 40000 80\r\n`)
      return fate(socket)
    }
    for (const client of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) expect(await fateOf(client)).toBe('served')
    expect(await fateOf('192.0.2.1')).toBe('ECONNRESET')
    expect(await fateOf('192.0.2.2')).toBe('served')
    expect(server.accepted).toBe(4)
  })

  test('limits that are set, changed and taken away while it runs decide about new connections', async () => {
    const server = await openCountingServer()
    const copyloop = await runEditable(config(server, engine, {}, 2))
    const address = copyloop.address('web')
    const change = async (arrivals: object | undefined) => {
      await copyloop.edit('setArrivals', { name: 'web', arrivals })
      await copyloop.untilServed()
    }
    const early = (await visitAtOnce(3, '127.0.0.1', address)).served
    await change({ connectionsPerClient: 5 })
    const counted = (await visitAtOnce(10, '127.0.0.1', address)).served
    expect(counted, 'connections that began before are not counted').toHaveLength(5)
    await change({ connectionsPerClient: 2 })
    expect((await visitAtOnce(5, '127.0.0.1', address)).served).toHaveLength(0)
    for (const socket of [...early, ...counted]) await echo(socket, 'still here')
    for (const socket of counted.splice(0, 4)) socket.destroy()
    await untilActive(copyloop, 4)
    expect((await visitAtOnce(5, '127.0.0.1', address)).served).toHaveLength(1)
    await change(undefined)
    expect((await visitAtOnce(5, '127.0.0.1', address)).served).toHaveLength(5)
  }, 60_000)
})

test('where workers cannot share memory each has its share of the limits', async () => {
  const server = await openCountingServer()
  const environment = inWorkers(`process.dlopen = () => { throw new Error('nothing native here') }`)
  const copyloop = await run(config(server, 'streams', { maxConnectionsPerClient: 8 }), environment)
  await copyloop.untilStats('all serve the state without cells', ({ workers }) =>
    workers.every(({ stateVersion }) => stateVersion === 2),
  )
  await visitAtOnce(60, '127.0.0.1', copyloop.address('web'))
  expect(server.living.size).toBeLessThanOrEqual(8)
  const { workers } = await untilActive(copyloop, server.living.size)
  expect(Math.max(...workers.map(({ connectionsActive }) => connectionsActive))).toBe(2)
}, 60_000)

test.each(['kernel', 'streams'])(
  'engine %s: to refuse a client costs less CPU than to serve one',
  async (engine) => {
    const server = await openCountingServer()
    const copyloop = await run(config(server, engine, { maxConnectionsPerClient: 30 }, 1))
    const address = copyloop.address('web')
    const [worker] = (await copyloop.stats()).workers
    const cost = async (from: string): Promise<number> => {
      const begun = cpuMsOf(worker?.pid ?? 0)
      for (let batch = 0; batch < 10; batch++) {
        const { served } = await visitAtOnce(20, from, address)
        for (const socket of served) socket.resetAndDestroy()
      }
      return cpuMsOf(worker?.pid ?? 0) - begun
    }
    const living = [...(await visitAtOnce(30, '127.0.0.1', address)).served]
    expect(living).toHaveLength(30)
    await cost('127.0.0.2')
    await cost('127.0.0.1')
    let [refusing, serving] = [0, 0]
    // In turns: the clock of a process ticks every 10 ms, and others run beside it.
    for (let turns = 0; turns < 5; turns++) {
      refusing += await cost('127.0.0.1')
      serving += await cost('127.0.0.2')
    }
    expect(refusing).toBeLessThan(serving)
  },
  60_000,
)
