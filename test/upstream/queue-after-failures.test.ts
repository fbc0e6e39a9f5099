/** Clients that wait although a server has room, because it has failed for them; and those beside them who may have it. */
import { expect, test } from 'vitest'
import { monotonicUs } from '../../src/clock.ts'
import type { Server } from '../../src/upstream/server.ts'
import { ticketAt } from '../../src/upstream/tickets.ts'
import { chosenOf, poolsOf, queuedServer, queuedUpstream, waitIn } from '../support/queueing-pools.ts'
import { Random } from '../support/random.ts'
import { never, until, within } from '../support/until.ts'

const DEAD = queuedServer(1, Number.POSITIVE_INFINITY)
const LIVE = queuedServer(2, 1)
const DEAD_AND_LIVE = queuedUpstream([DEAD, LIVE], 10)

/** Both workers' pools, the server that fails, and the only place at the other one, which is taken in the second worker. */
const withLiveFull = () => {
  const pools = poolsOf(2, DEAD_AND_LIVE)
  const [dead, live] = [pools[1]?.serverNamed(DEAD[0]), pools[1]?.serverNamed(LIVE[0])]
  if (dead === undefined || live === undefined) throw new Error('the servers are missing')
  live.take()
  return { one: pools[0], other: pools[1], dead, live, deadOfOne: chosenOf(pools[0]) }
}

test('a client waits for the server that it has not tried, however much room there is at the others', async () => {
  const { one, live, deadOfOne } = withLiveFull()
  let served: Server | undefined
  void waitIn(one, [deadOfOne]).server.then((server) => (served = server))
  await never('it has something', () => served !== undefined)
  live.giveBack()
  await until('it is served', () => served?.name === live.name)
})

test('it holds up nobody who may have that room, in whichever worker, and not for a moment', () => {
  const { one, other, deadOfOne } = withLiveFull()
  const waiting = waitIn(one, [deadOfOne])
  waiting.server.catch(() => {})
  for (const pool of [one, other]) expect(chosenOf(pool).name).toBe(DEAD[0])
  waiting.cancel(new Error('left'))
})

test('nobody who came later has what it waits for, also where the place is given back in another worker', async () => {
  const { one, other, dead, live, deadOfOne } = withLiveFull()
  const order: string[] = []
  const [first, second] = [waitIn(one, [deadOfOne]), waitIn(other, [dead])]
  void first.server.then(() => order.push('first'))
  void second.server.then(() => order.push('second'))
  live.giveBack()
  expect(other?.choose('', [dead]), 'a client that comes now').toBeUndefined()
  const server = await within('the first', first.server)
  expect(order).toEqual(['first'])
  server.giveBack()
  await within('the second', second.server)
})

test('a client that has dialled meanwhile waits in front of those who came after it', async () => {
  const { one, other, dead, live, deadOfOne } = withLiveFull()
  const early = ticketAt(monotonicUs())
  let isLateServed = false
  const late = waitIn(other, [dead])
  late.server.then(
    () => (isLateServed = true),
    () => {},
  )
  const first = waitIn(one, [deadOfOne], early)
  live.giveBack()
  const server = await within('the first', first.server)
  await never('the other one is served', () => isLateServed, 20)
  // Without a wait, too.
  expect(other?.choose('', [dead], ticketAt(monotonicUs()))).toBeUndefined()
  server.giveBack()
  expect(chosenOf(other, [dead], early).name).toBe(LIVE[0])
  late.cancel(new Error('left'))
})

test('a client that has tried all other servers waits for a full backup; one that has not, for those', async () => {
  const backup = queuedServer(3, 1, { tier: 1 })
  const [pool] = poolsOf(1, queuedUpstream([DEAD, LIVE, backup], 10))
  const [dead, live, last] = [DEAD, LIVE, backup].map(([name]) => pool?.serverNamed(name)) as [Server, Server, Server]
  live.take()
  last.take()
  const backupless = waitIn(pool, [dead])
  const tried = waitIn(pool, [dead, live])
  last.giveBack()
  expect(await within('the backup', tried.server)).toBe(last)
  live.giveBack()
  expect(await within('the other', backupless.server)).toBe(live)
})

test('a client for whom no server is left waits on, and gets one that comes', async () => {
  const { one, deadOfOne } = withLiveFull()
  const waiting = waitIn(one, [deadOfOne])
  one?.configure(queuedUpstream([DEAD, queuedServer(2, 1, { state: 'down' })], 10))
  expect(one?.hasServer([deadOfOne])).toBe(false)
  one?.configure(queuedUpstream([DEAD, queuedServer(2, 1, { state: 'down' }), queuedServer(3, 1)], 10))
  expect((await within('the new one', waiting.server)).name).toBe('192.0.2.1:3')
})

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)

test(`over four workers nobody is passed by one that came later, nor gets a server twice (SEED=${SEED})`, async () => {
  const random = new Random(SEED)
  // The first one fails always, the second one often.
  const servers = [queuedServer(1, 4), queuedServer(2, 2), queuedServer(3, 2)]
  const pools = poolsOf(4, queuedUpstream(servers, 1_000))
  const waiting = new Map<number, readonly string[]>()
  const living: Server[] = []
  const overtaken: number[] = []
  let served = 0

  const serve = async (client: number): Promise<void> => {
    const pool = random.pick(pools)
    const ticket = pool.newTicket()
    let tried: Server[] = []
    while (pool.hasServer(tried)) {
      let server = pool.choose('', tried, ticket)
      if (server === undefined) {
        const names = tried.map(({ name }) => name)
        waiting.set(client, names)
        server = await waitIn(pool, tried, ticket).server
        waiting.delete(client)
      }
      const { name } = server
      expect(tried.map((each) => each.name)).not.toContain(name)
      overtaken.push([...waiting].filter(([other, names]) => other < client && !names.includes(name)).length)
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 2)))
      const fails = name === servers[0]?.[0] || (name === servers[1]?.[0] && random.next() < 0.5)
      if (!fails) {
        living.push(server)
        break
      }
      server.giveBack()
      tried = [...tried, server]
    }
    served += 1
  }

  const clients = Array.from({ length: 150 }, async (_, client) => {
    // Tickets are times: two that are the same have no order.
    const began = process.hrtime.bigint()
    while (process.hrtime.bigint() - began < 5_000n);
    await serve(client)
  })
  while (served < clients.length) {
    for (let ends = random.between(0, 2); ends > 0; ends--) {
      const index = random.between(0, Math.max(0, living.length - 1))
      for (const server of living.splice(index, 1)) server.giveBack()
    }
    await new Promise((resolve) => setTimeout(resolve, random.between(0, 3)))
  }
  await Promise.all(clients)
  // Only workers that look at the same moment may change the order of neighbours.
  expect(overtaken.filter((count) => count > 3)).toEqual([])
  for (const server of living.splice(0)) server.giveBack()
  const free = Array.from({ length: 9 }, () => random.pick(pools).choose(''))
  expect(free.filter((server) => server !== undefined)).toHaveLength(8)
}, 60_000)
