import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maglevTable, TABLE_SIZE } from '../../../src/upstream/balance/maglev.ts'
import { SourceHash } from '../../../src/upstream/balance/source-hash.ts'
import { Random } from '../../support/random.ts'
import { type Server, serversOf } from './servers.ts'

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)

const CLIENTS = Array.from({ length: 20_000 }, (_, index) =>
  index % 2 === 0 ? `10.${index >> 12}.${(index >> 4) & 255}.${index & 15}` : `2001:db8::${index.toString(16)}`,
)

/** How many entries each server has. */
const sharesOf = (servers: readonly Server[]): number[] => {
  const shares = servers.map(() => 0)
  for (const index of maglevTable(servers)) shares[index] = (shares[index] ?? 0) + 1
  return shares
}

test('each of ten equal servers has its share of the table within 1 %', () => {
  for (const share of sharesOf(serversOf(Array(10).fill(1)))) {
    expect(Math.abs(share / (TABLE_SIZE / 10) - 1)).toBeLessThan(0.01)
  }
})

test(`servers have their shares by weight (SEED=${SEED})`, () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 20 }), (weights) => {
      const sum = weights.reduce((total, weight) => total + weight)
      const shares = sharesOf(serversOf(weights))
      expect(shares.reduce((total, share) => total + share)).toBe(TABLE_SIZE)
      for (const [index, weight] of weights.entries()) {
        // Each is less than one entry behind its turn, and what they lack the heaviest may have.
        expect(Math.abs((shares[index] ?? 0) - (TABLE_SIZE * weight) / sum)).toBeLessThanOrEqual(weights.length)
      }
    }),
    { seed: SEED, numRuns: 20 },
  )
})

test('when one of ten servers leaves, few of the other servers’ clients move, whichever it is', () => {
  const servers = serversOf(Array(10).fill(1))
  const table = maglevTable(servers)
  for (const [left] of servers.entries()) {
    const rest = servers.filter((_, index) => index !== left)
    const after = maglevTable(rest)
    const stays = table.filter((index, entry) => index !== left && rest[after[entry] ?? 0] === servers[index])
    const had = table.filter((index) => index !== left)
    // Of 15 % that would be allowed.
    expect(stays.length / had.length).toBeGreaterThan(0.98)
  }
})

test('when a server is down only its own clients move, and they are spread over all the others', () => {
  const servers = serversOf(Array(10).fill(1))
  const balance = new SourceHash(servers)
  const [down, ...up] = servers
  const was = CLIENTS.map((client) => balance.choose(servers, client))
  const is = CLIENTS.map((client) => balance.choose(up, client))
  expect(is.filter((server, index) => was[index] !== down && was[index] !== server)).toEqual([])
  const inherited = is.filter((_, index) => was[index] === down)
  for (const server of up) {
    expect(inherited.filter((heir) => heir === server).length / inherited.length).toBeGreaterThan(0.07)
  }
})

test(`a client reaches the same servers in the same order, whatever the order of the config (SEED=${SEED})`, () => {
  const random = new Random(SEED)
  const servers = serversOf([1, 2, 3, 4, 5, 6, 7, 8])
  const shuffled = serversOf([1, 2, 3, 4, 5, 6, 7, 8]).sort(() => random.next() - 0.5)
  const orderFor = (balance: SourceHash<Server>, all: readonly Server[], client: string): string[] => {
    const tried: Server[] = []
    while (tried.length < all.length) {
      tried.push(
        balance.choose(
          all.filter((server) => !tried.includes(server)),
          client,
        ),
      )
    }
    return tried.map(({ name }) => name)
  }
  const [one, other] = [new SourceHash(servers), new SourceHash(shuffled)]
  for (const client of CLIENTS.slice(0, 300)) {
    expect(orderFor(one, servers, client)).toEqual(orderFor(other, shuffled, client))
  }
})

test('a client that a server in its slow start takes stays with it while its share grows', () => {
  const servers = serversOf([10, 10, 10])
  const [slow] = servers
  if (slow === undefined) throw new Error('there is no server')
  const balance = new SourceHash(servers)
  const has = (): Set<string> => new Set(CLIENTS.filter((client) => balance.choose(servers, client) === slow))
  let before = new Set<string>()
  for (slow.weight = 1; slow.weight <= 10; slow.weight += 1) {
    const now = has()
    expect([...before].filter((client) => !now.has(client))).toEqual([])
    expect(Math.abs(now.size / CLIENTS.length - slow.weight / 30)).toBeLessThan(0.02)
    before = now
  }
})

test('clients reach the servers that another implementation of the same table gives them', () => {
  // Made in Python with hashlib.sha256 and exact fractions: other machines may run another version.
  const expected = { '192.0.2.1': 2, '192.0.2.2': 2, '2001:db8::1': 1, '198.51.100.7': 1, '203.0.113.9': 0, 'unix:': 2 }
  const servers = serversOf([1, 2, 3])
  const balance = new SourceHash(servers)
  for (const [client, index] of Object.entries(expected)) expect(balance.choose(servers, client)).toBe(servers[index])
})
