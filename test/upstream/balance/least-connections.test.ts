import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LeastConnections } from '../../../src/upstream/balance/least-connections.ts'
import { type Server, serverOf, serversOf } from './servers.ts'

test('no other server would have fewer connections for its weight with the next one', () => {
  const server = fc.record({ weight: fc.integer({ min: 1, max: 256 }), load: fc.nat(1_000) })
  fc.assert(
    fc.property(fc.array(server, { minLength: 1, maxLength: 20 }), fc.nat(100), (given, start) => {
      const servers = given.map(({ weight, load }, index) => serverOf(`s${index}`, weight, load))
      const chosen = new LeastConnections<Server>(start).choose(servers)
      const filled = ({ load, weight }: Server): number => (load + 1) / weight
      expect(filled(chosen)).toBe(Math.min(...servers.map(filled)))
    }),
  )
})

test('of servers with the same load each is chosen in turn', () => {
  const servers = serversOf([1, 1, 1])
  const [busy] = servers
  if (busy) busy.load = 5
  const balance = new LeastConnections<Server>(0)
  expect([1, 2, 3, 4].map(() => servers.indexOf(balance.choose(servers)))).toEqual([1, 2, 1, 2])
})

test('connections that last are spread as the weights are', () => {
  const servers = serversOf([1, 2, 5])
  const balance = new LeastConnections<Server>(0)
  for (let count = 0; count < 800; count++) balance.choose(servers).load += 1
  expect(servers.map(({ load }) => load)).toEqual([100, 200, 500])
})
