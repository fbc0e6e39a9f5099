import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random2 } from '../../../src/upstream/balance/random2.ts'
import { Random } from '../../support/random.ts'
import { type Server, serverOf, serversOf } from './servers.ts'

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)

test(`never chooses the one server that is fuller than all others (SEED=${SEED})`, () => {
  const random = new Random(SEED)
  fc.assert(
    fc.property(fc.array(fc.nat(100), { minLength: 1, maxLength: 20 }), fc.nat(20), (loads, place) => {
      const servers = loads.map((load, index) => serverOf(`s${index}`, 1, load))
      const fullest = serverOf('fullest', 1, 101)
      servers.splice(place, 0, fullest)
      return new Random2<Server>(() => random.next()).choose(servers) !== fullest
    }),
    { seed: SEED },
  )
})

test('draws two different servers by weight, and takes the better one for its weight', () => {
  const servers = serversOf([1, 2, 1])
  const [, second, third] = servers
  const draw = (...numbers: number[]): Server => new Random2<Server>(() => numbers.shift() ?? 0).choose(servers)
  // 0.3 of 4 is the second; 0.6 of the other 2 is the third.
  expect(draw(0.3, 0.6)).toBe(second)
  if (second) second.load = 3
  expect(draw(0.3, 0.6)).toBe(third)
  if (third) third.load = 1
  expect(draw(0.3, 0.999999)).toBe(second)
})

test(`the fullest of 100 servers is hardly fuller than the others (SEED=${SEED})`, () => {
  const random = new Random(SEED)
  const fullestWith = (balance: { choose(servers: readonly Server[]): Server }): number => {
    const servers = serversOf(Array(100).fill(1))
    for (let count = 0; count < 10_000; count++) balance.choose(servers).load += 1
    return Math.max(...servers.map(({ load }) => load))
  }
  expect(fullestWith(new Random2<Server>(() => random.next()))).toBeLessThan(106)
  expect(fullestWith({ choose: (servers) => random.pick(servers) })).toBeGreaterThan(106)
})
