/** Clients that wait for a place at a server, in one worker and in several that share memory. */
import { describe, expect, test } from 'vitest'
import { SharedMemory } from '../../src/serving/shared-memory.ts'
import type { UpstreamState } from '../../src/serving/state.ts'
import { Pool } from '../../src/upstream/pool.ts'
import type { Server } from '../../src/upstream/server.ts'
import {
  chosenOf,
  poolsOf,
  queuedServer,
  queuedUpstream,
  ticketsCellOf,
  WAITING_CELL,
  waitIn,
} from '../support/queueing-pools.ts'
import { Random } from '../support/random.ts'
import { sharedNumbers } from '../support/shared-numbers.ts'
import { until, within } from '../support/until.ts'

const NAME = '192.0.2.1:1'

const upstream = (places: number, length: number): UpstreamState => queuedUpstream([queuedServer(1, places)], length)

test('without a queue nobody waits', () => {
  const [pool] = poolsOf(1, upstream(1, 0))
  chosenOf(pool)
  expect([pool?.choose(''), pool?.wait('', [])]).toEqual([undefined, undefined])
})

test('clients of one worker are served in their order, each at once when a place is free', async () => {
  const [pool] = poolsOf(1, upstream(1, 10))
  const living = [chosenOf(pool)]
  const served: number[] = []
  const clients = [0, 1, 2].map(async (client) => {
    const server = await waitIn(pool).server
    served.push(client)
    living.push(server)
  })
  for (let count = 0; count < 3; count++) {
    living.pop()?.giveBack()
    await Promise.race([clients[count], new Promise(setImmediate)])
    expect(served).toEqual([0, 1, 2].slice(0, count + 1))
  }
  await Promise.all(clients)
})

test('while anybody waits, in whichever worker, a new client has to wait too', async () => {
  const [one, other] = poolsOf(2, upstream(1, 10))
  const first = chosenOf(one)
  const waiting = waitIn(other)
  first.giveBack()
  expect(one?.choose('')).toBeUndefined()
  const server = await within('the place', waiting.server)
  server.giveBack()
  expect(chosenOf(one).name).toBe(NAME)
})

test('no more clients wait than may, over all workers, and who leaves makes room', async () => {
  const [one, other] = poolsOf(2, upstream(1, 3))
  chosenOf(one)
  const waiting = [waitIn(one), waitIn(other), waitIn(other)]
  expect([one?.wait('', []), other?.wait('', [])]).toEqual([undefined, undefined])
  const left = expect(waiting[1]?.server).rejects.toThrow('left')
  waiting[1]?.cancel(new Error('left'))
  await left
  expect(one?.wait('', [])).toBeDefined()
  expect(other?.wait('', [])).toBeUndefined()
})

test('a client that has left is not served, and the next one is', async () => {
  const [pool] = poolsOf(1, upstream(1, 3))
  const first = chosenOf(pool)
  const [gone, next] = [waitIn(pool), waitIn(pool)]
  gone.server.catch(() => {})
  gone.cancel(new Error('left'))
  first.giveBack()
  expect((await next.server).name).toBe(NAME)
})

test('a server that comes back, or gets more places, serves those who wait, and no more than it may', async () => {
  const [pool] = poolsOf(1, upstream(1, 10))
  chosenOf(pool)
  const clients = [0, 1, 2, 3].map(() => waitIn(pool))
  const served: number[] = []
  for (const [index, { server }] of clients.entries()) void server.then(() => served.push(index))
  pool?.configure(queuedUpstream([queuedServer(1, 1, { state: 'down' })], 10))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(served).toEqual([])
  pool?.configure(upstream(3, 10))
  await until('two more', () => served.length === 2)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(served).toEqual([0, 1])
})

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)

describe(`of several workers (SEED=${SEED})`, () => {
  test('clients are served in the order in which they came, and never more than there are places', async () => {
    const random = new Random(SEED)
    const pools = poolsOf(4, upstream(3, 1_000))
    const living: Server[] = []
    const served: number[] = []
    let highest = 0
    const clients = Array.from({ length: 200 }, async (_, client) => {
      // Tickets are times: two that are the same have no order.
      const began = process.hrtime.bigint()
      while (process.hrtime.bigint() - began < 5_000n);
      const pool = random.pick(pools)
      const server = pool.choose('') ?? (await waitIn(pool).server)
      served.push(client)
      living.push(server)
      highest = Math.max(highest, living.length)
    })
    while (served.length < 200) {
      for (let ends = random.between(0, 2); ends > 0; ends--) {
        const index = random.between(0, Math.max(0, living.length - 1))
        for (const server of living.splice(index, 1)) server.giveBack()
      }
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 3)))
    }
    await Promise.all(clients)
    expect(highest).toBe(3)
    // Only workers that look at the same moment may change the order of neighbours.
    expect(served.map((client, index) => Math.abs(client - index)).filter((distance) => distance > 3)).toEqual([])
  }, 60_000)

  test('one that is stopped while its client waits longest holds up the others for a moment only', async () => {
    const numbers = sharedNumbers(2)
    const [, running] = poolsOf(2, upstream(1, 10), numbers)
    const first = chosenOf(running)
    // As the stopped one has left it: a client that came a second ago.
    const memory = new SharedMemory(numbers, { place: 0, places: 2 })
    memory.count(WAITING_CELL).add(1)
    const [seconds, nanoseconds] = process.hrtime()
    memory.row(ticketsCellOf(1))[0] = ((seconds - 1) * 1_000_000 + Math.floor(nanoseconds / 1_000)) % 2 ** 31
    const waiting = waitIn(running)
    const began = performance.now()
    first.giveBack()
    const server = await within('the place', waiting.server)
    expect(performance.now() - began).toBeGreaterThan(45)
    // From now on it holds up nobody.
    server?.giveBack()
    expect(running?.choose('')).toBeDefined()
  })

  test('one that stood still is first again, although the others have passed it over', async () => {
    const numbers = sharedNumbers(2)
    const [standing, running] = poolsOf(2, upstream(1, 10), numbers)
    const first = chosenOf(running)
    const order: string[] = []
    void waitIn(standing).server.then(() => order.push('the one that stood still'))
    const row = new SharedMemory(numbers, { place: 1, places: 2 }).row(ticketsCellOf(1))
    const [shown] = row
    // Nothing runs meanwhile.
    const began = performance.now()
    while (performance.now() - began < 60);
    // The others that pass it over know it by another number.
    await until('it has looked again', () => row[0] !== shown)
    void waitIn(running).server.then(() => order.push('the other'))
    first.giveBack()
    await until('the first is served', () => order.length > 0)
    expect(order[0]).toBe('the one that stood still')
  })
})

test('without shared memory each worker has a queue of its own, and its share of the length', async () => {
  const pool = new Pool('app', 0, { memory: undefined, workerCount: 2 })
  pool.configure(upstream(2, 4))
  const first = chosenOf(pool)
  const waiting = [waitIn(pool), waitIn(pool)]
  expect(pool.wait('', [])).toBeUndefined()
  first.giveBack()
  expect((await waiting[0]?.server)?.name).toBe(NAME)
})
