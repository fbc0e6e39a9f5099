import { expect, test } from 'vitest'
import type { ServerState } from '../../src/serving/state.ts'
import { Pool } from '../../src/upstream/pool.ts'

const server = (port: number, changes: Partial<ServerState> = {}): [string, ServerState] => [
  `192.0.2.1:${port}`,
  { address: { kind: 'tcp', host: '192.0.2.1', port }, weight: 1, tier: 0, state: 'up', ...changes },
]

const poolWith = (servers: [string, ServerState][], start = 0): Pool => {
  const pool = new Pool('app', start)
  pool.configure({ balance: 'roundRobin', servers: new Map(servers) })
  return pool
}

const poolOf = (count: number, start = 0): Pool =>
  poolWith(
    Array.from({ length: count }, (_, index) => server(index + 1)),
    start,
  )

/** The ports of the candidates, in their order. */
const turn = (pool: Pool): number[] => pool.candidates().map(({ name }) => Number(name.split(':')[1]))

test('servers are taken in turn, and the others follow in their order', () => {
  const pool = poolOf(3)
  expect([turn(pool), turn(pool), turn(pool), turn(pool)]).toEqual([
    [1, 2, 3],
    [2, 3, 1],
    [3, 1, 2],
    [1, 2, 3],
  ])
})

test('each of 7 servers is the first for exactly a seventh of 7,000 connections', () => {
  const pool = poolOf(7)
  const firsts = new Map<number, number>()
  for (let count = 0; count < 7_000; count++) {
    const [first = 0] = turn(pool)
    firsts.set(first, (firsts.get(first) ?? 0) + 1)
  }
  expect([...firsts.values()]).toEqual(Array(7).fill(1_000))
})

test('workers begin with different servers', () => {
  expect([0, 1, 2, 3, 4].map((worker) => turn(poolOf(3, worker))[0])).toEqual([1, 2, 3, 1, 2])
})

test('an upstream may have one server, or none', () => {
  const one = poolOf(1, 5)
  expect([turn(one), turn(one)]).toEqual([[1], [1]])
  expect(turn(poolOf(0, 5))).toEqual([])
})

test('a server that is down, or of weight 0, gets no new connection', () => {
  const pool = poolWith([server(1), server(2, { state: 'down' }), server(3, { weight: 0 })])
  expect([turn(pool), turn(pool)]).toEqual([[1], [1]])
})

test('a server that stays in a new state stays the same object, one with another address does not', () => {
  const pool = poolWith([server(1), server(2)])
  const [first, second] = pool.candidates()
  pool.configure({
    balance: 'roundRobin',
    servers: new Map([
      server(1, { weight: 2 }),
      ['192.0.2.1:2', { ...server(2)[1], address: { kind: 'unix', path: '/b' } }],
    ]),
  })
  expect(pool.candidates()).toContain(first)
  expect(pool.candidates()).not.toContain(second)
})

test('a new state does not start the turns anew', () => {
  const pool = poolOf(3)
  turn(pool)
  pool.configure({ balance: 'roundRobin', servers: new Map([server(1), server(2), server(3)]) })
  expect(turn(pool)[0]).toBe(2)
})
