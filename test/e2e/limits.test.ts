/** `maxConnections` over four workers: never exceeded, all of it usable, and given back whatever happens to a worker. */
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { Random } from '../support/random.ts'
import { until } from '../support/until.ts'
import { type CountingServer, closeCountingServers, openCountingServer } from './support/counting-server.ts'
import { closeAll, echo, endOf, open } from './support/echo.ts'
import { runEditable } from './support/editable.ts'
import { inWorkers } from './support/preload.ts'
import { type Copyloop, endAll, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await closeCountingServers()
})

const WORKERS = 4

const config = (server: CountingServer, maxConnections: number, engine: string) => ({
  workers: WORKERS,
  engine,
  listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app', maxConnections }],
  upstreams: [{ name: 'app', servers: [server.address] }],
  log: { access: false },
})

/** Clients at an address, and how many of them have ended. */
class Clients {
  ended = 0
  readonly sockets: Socket[] = []
  readonly #address: string

  constructor(address: string) {
    this.#address = address
  }

  /** Begins so many at once. */
  open(count: number, onEnd = () => {}): void {
    for (let opened = 0; opened < count; opened++) {
      const socket = open(this.#address).resume()
      this.sockets.push(socket)
      socket.on('close', () => {
        this.ended += 1
        onEnd()
      })
    }
  }

  get living(): number {
    return this.sockets.length - this.ended
  }
}

/** A client that is refused is reset; one that is served is answered. */
const isServed = async (address: string): Promise<Socket | undefined> => {
  const socket = open(address)
  try {
    await echo(socket, 'hello')
    return socket
  } catch {
    return undefined
  }
}

/** Opens connections one after another until one is refused; answers those that were served. */
const openUntilRefused = async (address: string): Promise<Socket[]> => {
  const served: Socket[] = []
  for (;;) {
    const socket = await isServed(address)
    if (socket === undefined) return served
    served.push(socket)
  }
}

const active = async (copyloop: Copyloop, living: number) => {
  const { workers } = await copyloop.untilStats(
    `${living} live`,
    (stats) =>
      stats.totals.connectionsActive === living &&
      stats.workers.reduce((sum, { connectionsActive }) => sum + connectionsActive, 0) === living,
  )
  return workers
}

describe.each(['kernel', 'streams'])('over 4 workers, engine %s,', (engine) => {
  test('a storm of 400 clients fills a limit of 42 to the last place and never exceeds it', async () => {
    const server = await openCountingServer()
    const copyloop = await run(config(server, 42, engine))
    const clients = new Clients(copyloop.address('web'))
    clients.open(400)
    await until('each is served or refused', () => server.living.size + clients.ended === 400)
    expect([server.living.size, server.highest]).toEqual([42, 42])
    await active(copyloop, 42)
  })

  test('as many clients as the limit, at once, are all served, whichever workers they come to', async () => {
    const server = await openCountingServer()
    const copyloop = await run(config(server, 42, engine))
    const clients = new Clients(copyloop.address('web'))
    clients.open(42)
    await until('each is served or refused', () => server.living.size + clients.ended === 42)
    expect(server.living.size).toBe(42)
    expect(await isServed(copyloop.address('web'))).toBeUndefined()
  })

  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)

  test(`connections that come and go by the hundred never exceed it, and it is filled again (SEED=${seed})`, async () => {
    const random = new Random(seed)
    const server = await openCountingServer()
    const copyloop = await run(config(server, 42, engine))
    const clients = new Clients(copyloop.address('web'))
    // The server ends: what it has ended it no longer counts, before the proxy can hear of it.
    server.onConnection = () => {
      while (server.accepted < 400 && server.living.size > random.between(20, 48)) {
        server.end(random.pick([...server.living]), random.pick(['fin', 'rst']))
      }
      if (server.accepted < 400) setImmediate(() => server.end(random.pick([...server.living]), 'rst'))
    }
    const another = () => clients.open(1, () => server.living.size < 42 && another())
    for (let count = 0; count < 80; count++) another()
    await until(
      () => `400 and then 42: ${server.accepted} ${server.living.size}`,
      () => server.accepted >= 400 && server.living.size === 42,
      50_000,
    )
    expect(server.highest).toBe(42)
  }, 60_000)

  test('what a killed worker had is free within a second, and not one more than that', async () => {
    const server = await openCountingServer()
    const copyloop = await run(config(server, 42, engine))
    const address = copyloop.address('web')
    expect(await openUntilRefused(address)).toHaveLength(42)
    for (let kills = 0; kills < 2; kills++) {
      const [victim] = (await active(copyloop, 42)).toSorted(
        (one, other) => other.connectionsActive - one.connectionsActive,
      )
      const { pid = 0, connectionsActive: lost = 0 } = victim ?? {}
      const ends = () => copyloop.log.filter(({ msg }) => msg.startsWith('worker ended: killed by SIGKILL')).length
      process.kill(pid, 'SIGKILL')
      await until('its end is known', () => ends() === kills + 1, 1_000)
      expect(await openUntilRefused(address), `${lost} were lost`).toHaveLength(lost)
      expect(server.living.size).toBe(42)
    }
  }, 60_000)

  test('a listener that goes and comes again counts what lives on; a limit that falls cuts nobody', async () => {
    const server = await openCountingServer()
    const copyloop = await runEditable(config(server, 6, engine))
    const add = async (): Promise<string> => {
      const listen = { kind: 'tcp', host: '127.0.0.1', port: 0 }
      const port = await copyloop.edit('addListener', { name: 'extra', like: 'web', listen })
      await copyloop.untilServed()
      return `127.0.0.1:${port}`
    }
    const living = await openUntilRefused(await add())
    expect(living).toHaveLength(6)
    await copyloop.edit('removeListener', { name: 'extra' })
    await copyloop.untilServed()
    const address = await add()
    expect(await isServed(address)).toBeUndefined()
    // The listener that it is like has its own.
    expect(await openUntilRefused(copyloop.address('web'))).toHaveLength(6)

    const leave = async (count: number) => {
      const { totals } = await copyloop.stats()
      const left = living.splice(0, count)
      for (const socket of left) socket.end()
      await Promise.all(left.map(endOf))
      await active(copyloop, totals.connectionsActive - count)
    }
    await active(copyloop, 12)
    await leave(2)
    living.push(...(await openUntilRefused(address)))
    expect(living).toHaveLength(6)

    await active(copyloop, 12)
    await copyloop.edit('changeListener', { name: 'extra', changes: { maxConnections: 3 } })
    await copyloop.untilServed()
    await leave(3)
    expect(await isServed(address)).toBeUndefined()
    for (const socket of living) await echo(socket, 'still here')
    await leave(1)
    expect(await openUntilRefused(address)).toHaveLength(1)
  }, 60_000)
})

test.each([
  { which: 'no worker', condition: 'true' },
  { which: 'all workers but one', condition: `require('node:cluster').worker.id === 2` },
])('engine streams: each has its share where $which can map memory, and it is said once', async ({ condition }) => {
  const server = await openCountingServer()
  // koffi is a native module.
  const environment = inWorkers(`if (${condition}) process.dlopen = () => { throw new Error('nothing native here') }`)
  const copyloop = await run(config(server, 8, 'streams'), environment)
  await copyloop.untilStats('all serve the state without cells', ({ workers }) =>
    workers.every(({ stateVersion }) => stateVersion === 2),
  )
  const clients = new Clients(copyloop.address('web'))
  clients.open(200)
  await until('each is served or refused', () => server.living.size + clients.ended === 200)
  expect(server.highest).toBeLessThanOrEqual(8)
  const workers = await active(copyloop, clients.living)
  expect(Math.max(...workers.map(({ connectionsActive }) => connectionsActive))).toBe(2)
  expect(copyloop.log.filter(({ msg }) => msg.startsWith('workers cannot share memory'))).toHaveLength(1)
})
