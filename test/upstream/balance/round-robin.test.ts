import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RoundRobin } from '../../../src/upstream/balance/round-robin.ts'
import { countOf, serversOf } from './servers.ts'

const turns = (weights: readonly number[], count: number, start = 0): number[] => {
  const servers = serversOf(weights)
  const balance = new RoundRobin(start)
  return Array.from({ length: count }, () => servers.indexOf(balance.choose(servers) as never))
}

test('servers of one weight come one after the other', () => {
  expect(turns([1, 1, 1], 7)).toEqual([0, 1, 2, 0, 1, 2, 0])
  expect(turns([5, 5, 5], 7)).toEqual([0, 1, 2, 0, 1, 2, 0])
})

test('weights 5, 1, 1 are spread as nginx spreads them', () => {
  // The order in the message of nginx's commit 52327e0627f4 that brought it.
  expect(turns([5, 1, 1], 7).map((index) => 'abc'[index])).toEqual([...'aabacaa'])
})

test('whoever starts later begins with another server', () => {
  expect([0, 1, 2, 3, 4].map((start) => turns([1, 1, 1], 1, start)[0])).toEqual([0, 1, 2, 0, 1])
})

test('a round has exactly as many turns of each server as its weight, wherever it begins', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 8 }),
      fc.nat(500),
      (weights, start) => {
        const round = weights.reduce((sum, weight) => sum + weight)
        const servers = serversOf(weights)
        const balance = new RoundRobin(start)
        const chosen = Array.from({ length: round }, () => balance.choose(servers))
        expect(countOf<unknown>(servers, chosen)).toEqual(weights)
      },
    ),
    { numRuns: 50 },
  )
})

test('turns go on with the servers that stay', () => {
  const servers = serversOf([1, 1, 1])
  const [first, second, third] = servers
  const balance = new RoundRobin(0)
  expect(balance.choose(servers)).toBe(first)
  const rest = servers.slice(1)
  expect([1, 2, 3, 4].map(() => balance.choose(rest))).toEqual([second, third, second, third])
})
