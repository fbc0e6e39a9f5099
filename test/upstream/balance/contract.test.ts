/** What is promised of every way to balance: the pool relies on nothing else. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Balance } from '../../../src/upstream/balance/balance.ts'
import { LeastConnections } from '../../../src/upstream/balance/least-connections.ts'
import { Random2 } from '../../../src/upstream/balance/random2.ts'
import { RoundRobin } from '../../../src/upstream/balance/round-robin.ts'
import { SourceHash } from '../../../src/upstream/balance/source-hash.ts'
import { Random } from '../../support/random.ts'
import { countOf, type Server, serversOf } from './servers.ts'

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)

type Make = (servers: readonly Server[], random: Random) => Balance<Server>

const BALANCES: readonly [name: string, make: Make][] = [
  ['roundRobin', () => new RoundRobin(3)],
  ['leastConnections', () => new LeastConnections(3)],
  ['random2', (_, random) => new Random2(() => random.next())],
  ['sourceHash', (servers) => new SourceHash(servers)],
]

const weights = (longest: number) =>
  fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: longest, size: 'max' })

describe.each(BALANCES)(`%s (SEED=${SEED})`, (_name, make) => {
  test('chooses a candidate, and tries each server once before all were tried', () => {
    fc.assert(
      fc.property(weights(8), fc.ipV4(), fc.nat(), (given, client, rest) => {
        const servers = serversOf(given)
        for (const server of servers) server.load = rest % 7
        const balance = make(servers, new Random(rest))
        const tried: Server[] = []
        while (tried.length < servers.length) {
          const left = servers.filter((server) => !tried.includes(server))
          const chosen = balance.choose(left, client)
          if (!left.includes(chosen)) return false
          tried.push(chosen)
        }
        return true
      }),
      { seed: SEED, numRuns: 25 },
    )
  })

  test('follows candidates that come and go', () => {
    const random = new Random(SEED)
    const servers = serversOf([1, 2, 3, 4, 5, 6, 7, 8])
    const balance = make(servers, random)
    for (let round = 0; round < 50; round++) {
      const candidates = servers.filter(() => random.next() < 0.5)
      if (candidates.length === 0) continue
      for (let choice = 0; choice < 10; choice++) {
        expect(candidates).toContain(balance.choose(candidates, `192.0.2.${random.between(1, 254)}`))
      }
    }
  })

  test('gives each server its share by weight, if connections last and many clients come', () => {
    const servers = serversOf([1, 2, 3, 4])
    const balance = make(servers, new Random(SEED))
    const chosen = Array.from({ length: 20_000 }, (_, index) => {
      const server = balance.choose(servers, `198.51.${index >> 8}.${index & 255}`)
      server.load += 1
      return server
    })
    for (const [index, count] of countOf(servers, chosen).entries()) {
      const share = (index + 1) / 10
      expect(Math.abs(count / 20_000 - share), `${index}: ${count}`).toBeLessThan(0.02)
    }
  })

  test('gives a server a tenth of its share while its slow start allows no more', () => {
    const servers = serversOf([10, 10, 10, 10])
    const [slow] = servers
    if (slow) slow.weight = 1
    const balance = make(servers, new Random(SEED))
    const chosen = Array.from({ length: 20_000 }, (_, index) => {
      const server = balance.choose(servers, `198.51.${index >> 8}.${index & 255}`)
      server.load += 1
      return server
    })
    const [count = 0] = countOf(servers, chosen)
    // Of 31 shares, or of 40 where what it does not take goes to the others.
    expect(count / 20_000).toBeGreaterThan(0.02)
    expect(count / 20_000).toBeLessThan(0.04)
  })

  test('chooses a server in its slow start if there is no other', () => {
    const servers = serversOf([10])
    const [slow] = servers
    if (slow) slow.weight = 1
    const balance = make(servers, new Random(SEED))
    for (let index = 0; index < 100; index++) expect(balance.choose(servers, `192.0.2.${index}`)).toBe(slow)
  })
})
