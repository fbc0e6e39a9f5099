import { expect, test } from 'vitest'
import { Pool } from '../../src/upstream/pool.ts'

const poolOf = (count: number, start = 0): Pool => {
  const servers = Array.from({ length: count }, (_, index) => ({
    address: { kind: 'tcp', host: '192.0.2.1', port: index + 1 } as const,
  }))
  return new Pool({ name: 'app', balance: 'roundRobin', servers }, start)
}

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
