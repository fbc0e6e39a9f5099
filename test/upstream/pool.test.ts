import { expect, test } from 'vitest'
import type { ServerState, UpstreamState } from '../../src/serving/state.ts'
import { Pool } from '../../src/upstream/pool.ts'
import type { Server } from '../../src/upstream/server.ts'
import { serverState, upstreamState } from '../support/states.ts'

const ALONE = { memory: undefined, workerCount: 1 }

const server = (port: number, changes: Partial<ServerState> = {}): [string, ServerState] => [
  `192.0.2.1:${port}`,
  serverState(port, changes),
]

const poolWith = (servers: [string, ServerState][], changes: Partial<UpstreamState> = {}, start = 0): Pool => {
  const pool = new Pool('app', start, ALONE)
  pool.configure(upstreamState(servers, changes))
  return pool
}

const poolOf = (count: number, start = 0): Pool =>
  poolWith(
    Array.from({ length: count }, (_, index) => server(index + 1)),
    {},
    start,
  )

const portOf = (chosen: Server | undefined): number | undefined => chosen && Number(chosen.name.split(':')[1])

/** The port of the server that the next client gets. */
const turn = (pool: Pool): number | undefined => portOf(pool.choose(''))

/** The ports of the servers that a client gets if each of them fails. */
const tries = (pool: Pool): (number | undefined)[] => {
  const tried: Server[] = []
  for (let chosen = pool.choose('', tried); chosen; chosen = pool.choose('', tried)) tried.push(chosen)
  return tried.map(portOf)
}

test('servers are taken in turn', () => {
  const pool = poolOf(3)
  expect([turn(pool), turn(pool), turn(pool), turn(pool)]).toEqual([1, 2, 3, 1])
})

test('each of 7 servers is the first for exactly a seventh of 7,000 connections', () => {
  const pool = poolOf(7)
  const firsts = new Map<number | undefined, number>()
  for (let count = 0; count < 7_000; count++) {
    const first = turn(pool)
    firsts.set(first, (firsts.get(first) ?? 0) + 1)
  }
  expect([...firsts.values()]).toEqual(Array(7).fill(1_000))
})

test('workers begin with different servers', () => {
  expect([0, 1, 2, 3, 4].map((worker) => turn(poolOf(3, worker)))).toEqual([1, 2, 3, 1, 2])
})

test('an upstream may have one server, or none', () => {
  const one = poolOf(1, 5)
  expect([turn(one), turn(one)]).toEqual([1, 1])
  const none = poolOf(0, 5)
  expect([turn(none), none.hasServer()]).toEqual([undefined, false])
})

test('a client whose server fails gets each of the others once', () => {
  expect(tries(poolOf(3)).toSorted()).toEqual([1, 2, 3])
})

test.each(['down', 'draining', 'maintenance', 'ejected'] as const)(
  'a server that is %s, or of weight 0, gets no new connection',
  (state) => {
    const pool = poolWith([server(1, { state: 'unchecked' }), server(2, { state }), server(3, { weight: 0 })])
    expect(tries(pool)).toEqual([1])
  },
)

test('ejected servers are tried rather than nobody, backups in rotation before them', () => {
  const down = server(1, { state: 'down' })
  expect(tries(poolWith([down, server(2, { state: 'ejected' })]))).toEqual([2])
  expect(tries(poolWith([down, server(2, { state: 'ejected' }), server(3, { tier: 1 })]))).toEqual([3])
  const ejected = poolWith([server(1, { state: 'ejected' }), server(2, { state: 'ejected', tier: 1 })])
  expect(tries(ejected)).toEqual([1, 2])
  expect(tries(poolWith([down]))).toEqual([])
})

test('a backup gets the clients of servers that are down or that they have tried, and none of full ones', () => {
  const backup = server(9, { tier: 1 })
  expect(tries(poolWith([server(1), server(2), backup])).at(-1)).toBe(9)
  const full = poolWith([server(1, { maxConnections: 1 }), backup])
  expect([turn(full), turn(full)]).toEqual([1, undefined])
  expect(full.hasServer()).toBe(true)
  expect(turn(poolWith([server(1, { state: 'down', maxConnections: 1 }), backup]))).toBe(9)
})

test('a full server is passed over until a connection to it has ended', () => {
  const pool = poolWith([server(1, { maxConnections: 2 }), server(2)])
  const chosen = Array.from({ length: 6 }, () => pool.choose(''))
  expect(chosen.map(portOf).filter((port) => port === 1)).toHaveLength(2)
  chosen.find((one) => portOf(one) === 1)?.giveBack()
  const more = Array.from({ length: 6 }, () => turn(pool))
  expect(more.filter((port) => port === 1)).toHaveLength(1)
})

test('a server that stays in a new state stays the same object, with the connections that it has', () => {
  const pool = poolWith([server(1, { maxConnections: 1 })])
  const first = pool.choose('')
  const moved = server(1, { maxConnections: 2, address: { kind: 'unix', path: '/b' } })
  pool.configure(upstreamState([moved]))
  expect([pool.choose(''), pool.choose('')]).toEqual([first, undefined])
  expect(first?.address).toEqual({ kind: 'unix', path: '/b' })
})

test('a new state does not start the turns anew', () => {
  const pool = poolOf(3)
  turn(pool)
  pool.configure(upstreamState([server(1), server(2), server(3)]))
  expect(turn(pool)).toBe(2)
})

test('the balance follows the state', () => {
  const servers = [server(1, { weight: 10 }), server(2)]
  const pool = poolWith(servers, { balance: 'leastConnections' })
  const loads = Array.from({ length: 11 }, () => turn(pool))
  expect(loads.filter((port) => port === 2)).toHaveLength(1)
  pool.configure(upstreamState(servers, { balance: 'sourceHash' }))
  expect(pool.needsClient).toBe(true)
  const one = pool.choose('192.0.2.7')
  for (let count = 0; count < 10; count++) expect(pool.choose('192.0.2.7')).toBe(one)
})
