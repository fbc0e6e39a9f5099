import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddress } from '../../../src/config/fields/address.ts'
import { type SrvRecord, serversIn } from '../../../src/primary/names/srv-records.ts'

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)

const record = (name: string, priority: number, weight: number, port = 5432): SrvRecord => ({
  name,
  priority,
  weight,
  port,
})

/** Each server as its address, tier and weight. */
const shown = (records: readonly SrvRecord[]) =>
  serversIn(records).map(({ address, tier, weight }) => [formatAddress(address), tier, weight])

describe('SRV records', () => {
  test('become servers with ports, weights, and tiers by priority', () => {
    expect(
      shown([record('c.test', 20, 5), record('b.test', 10, 1, 1), record('a.test', 10, 3), record('d', 30, 1)]),
    ).toEqual([
      ['a.test:5432', 0, 3],
      ['b.test:1', 0, 1],
      ['c.test:5432', 1, 5],
      ['d:5432', 2, 1],
    ])
  })

  test('have weights up to 256, scaled within a tier where one is larger, and never 0', () => {
    expect(shown([record('a', 1, 65_535), record('b', 1, 32_768), record('c', 1, 1), record('d', 1, 0)])).toEqual([
      ['a:5432', 0, 256],
      ['b:5432', 0, 128],
      ['c:5432', 0, 1],
      ['d:5432', 0, 1],
    ])
    expect(shown([record('a', 1, 65_535), record('b', 2, 7), record('c', 2, 0)]).slice(1)).toEqual([
      ['b:5432', 1, 7],
      ['c:5432', 1, 1],
    ])
    expect(shown([record('a', 0, 0), record('b', 0, 0)])).toEqual([
      ['a:5432', 0, 1],
      ['b:5432', 0, 1],
    ])
  })

  test('that say that the service is not offered are no servers', () => {
    expect(shown([record('', 0, 0), record('.', 0, 0), record('a', 0, 0, 0)])).toEqual([])
    expect(shown([record('.', 0, 9), record('a', 5, 2)])).toEqual([['a:5432', 0, 2]])
  })

  test('may have an address or a name with capitals and a final dot as their target', () => {
    expect(shown([record('DB.Test.', 0, 1), record('192.0.2.1', 0, 1), record('fd00:0::1', 0, 1)])).toEqual([
      ['192.0.2.1:5432', 0, 1],
      ['db.test:5432', 0, 1],
      ['[fd00::1]:5432', 0, 1],
    ])
  })

  test('come with the strongest first where several are for one server', () => {
    const records = [record('a', 20, 7), record('a', 10, 3), record('b', 10, 1), record('a', 10, 300)]
    expect(shown(records)).toEqual([
      ['a:5432', 0, 256],
      ['a:5432', 0, 3],
      ['b:5432', 0, 1],
      ['a:5432', 1, 7],
    ])
  })

  test(`become the same servers in whatever order they come, with all in the range of weights (SEED=${SEED})`, () => {
    const records = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd'),
        port: fc.integer({ min: 0, max: 3 }),
        priority: fc.integer({ min: 0, max: 3 }),
        weight: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 65_535 })),
      }),
      { selector: ({ name, port, priority, weight }) => `${name} ${port} ${priority} ${weight}` },
    )
    fc.assert(
      fc.property(records, (some) => {
        const servers = serversIn(some)
        expect(serversIn([...some].reverse())).toEqual(servers)
        for (const { weight } of servers) {
          expect(weight).toBeGreaterThanOrEqual(1)
          expect(weight).toBeLessThanOrEqual(256)
        }
        const tiers = [...new Set(servers.map(({ tier }) => tier))]
        expect(tiers).toEqual(tiers.map((_, index) => index))
      }),
      { seed: SEED },
    )
  })
})
