import { describe, expect, test } from 'vitest'
import { Arrivals, leaveTable } from '../../../../src/proxy/admit/limits/arrivals.ts'
import { clientKey } from '../../../../src/proxy/admit/limits/client-key.ts'
import { ClientTables } from '../../../../src/proxy/admit/limits/client-tables.ts'
import type { ArrivalLimits } from '../../../../src/serving/state.ts'

const NONE: ArrivalLimits = { connectionsPerClient: Number.POSITIVE_INFINITY }
/** So slow that none comes back while the test runs. */
const slow = (burst: number) => ({ count: 1, perMs: 60_000, burst })

const open = (limits: ArrivalLimits, workers = 1, tables = new ClientTables(undefined)) =>
  new Arrivals(limits, tables.own('web'), workers)

/** How many of so many connections are let in. */
const admitted = (arrivals: Arrivals, client: string | number, attempts = 10): number =>
  Array.from({ length: attempts }, () => arrivals.take(client)).filter((arrival) => typeof arrival === 'object').length

describe('a client of a limit', () => {
  test.each([
    ['192.0.2.1:1', '192.0.2.1:65535'],
    ['192.0.2.1:1', 0xc000_0201 * 65_536 + 80],
    ['192.0.2.1:1', '[::ffff:192.0.2.1]:80'],
    ['[2001:db8:1:2::1]:1', '[2001:db8:1:2:ffff:ffff:ffff:ffff]:2'],
    ['[fe80::1%eth0]:1', '[fe80::2]:1'],
  ])('%s is the same as %s', (one, other) => {
    expect(clientKey(3, one)).toEqual(clientKey(3, other))
  })

  test.each([
    ['192.0.2.1:1', '192.0.2.2:1'],
    ['[2001:db8:1:2::1]:1', '[2001:db8:1:3::1]:1'],
    ['0.0.0.0:1', '[::1]:1'],
    ['255.255.255.255:1', '[::ffff:ffff:1:1:1:1]:1'],
  ])('%s is another than %s', (one, other) => {
    expect(clientKey(3, one)).not.toEqual(clientKey(3, other))
  })

  test('is another at each listener, and none without an address', () => {
    expect(clientKey(3, '192.0.2.1:1')).not.toEqual(clientKey(4, '192.0.2.1:1'))
    expect([clientKey(3, 'unix:/run/client.sock'), clientKey(3, 'unix:'), clientKey(3, 'unknown')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('arrivals', () => {
  test('are limited per client, by connections that live and by their rate', () => {
    const arrivals = open({ ...NONE, connectionsPerClient: 3, ratePerClient: slow(4) })
    expect(admitted(arrivals, '192.0.2.1:1')).toBe(3)
    const other = arrivals.take('192.0.2.2:1')
    expect(other).toBeTypeOf('object')
    if (typeof other === 'object') leaveTable(other)
    expect(admitted(arrivals, '192.0.2.2:1')).toBe(3)
  })

  test('that are refused for their connections cost no token, neither the client’s nor the listener’s', () => {
    const tables = new ClientTables(undefined)
    const one = open({ connectionsPerClient: 1, rate: slow(3), ratePerClient: slow(3) }, 1, tables)
    expect(admitted(one, '192.0.2.1:1')).toBe(1)
    const more = open({ connectionsPerClient: 10, rate: slow(3), ratePerClient: slow(3) }, 1, tables)
    expect(admitted(more, '192.0.2.1:1')).toBe(2)
  })

  test('that the listener’s rate refuses cost their client no token and no place', () => {
    const tables = new ClientTables(undefined)
    const limits = { connectionsPerClient: 2, ratePerClient: slow(2) }
    expect(admitted(open({ ...limits, rate: slow(1) }, 1, tables), '192.0.2.1:1')).toBe(1)
    expect(admitted(open({ ...limits, rate: slow(2) }, 1, tables), '192.0.2.2:1'), 'the bucket is as full').toBe(1)
    expect(admitted(open(limits, 1, tables), '192.0.2.1:1')).toBe(1)
  })

  test('of clients without an address keep to the rate of the listener only', () => {
    const arrivals = open({ connectionsPerClient: 1, rate: slow(5), ratePerClient: slow(1) })
    expect(admitted(arrivals, 'unix:')).toBe(5)
  })

  test('have a share of each limit, rounded up, where workers do not count together', () => {
    expect(admitted(open({ ...NONE, connectionsPerClient: 10 }, 4), '192.0.2.1:1')).toBe(3)
    expect(admitted(open({ ...NONE, rate: slow(10) }, 4), '192.0.2.1:1')).toBe(3)
    expect(admitted(open({ ...NONE, ratePerClient: slow(2) }, 4), '192.0.2.1:1')).toBe(1)
  })
})
