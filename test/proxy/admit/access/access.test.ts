import { isIPv4 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AccessTable, accessTable } from '../../../../src/config/networks/access-table.ts'
import { parseNetwork } from '../../../../src/config/networks/network.ts'
import { isAdmitted } from '../../../../src/proxy/admit/access/access.ts'

const tableFrom = (allow: readonly string[] | undefined, deny: readonly string[] = []): AccessTable | undefined =>
  accessTable({ allow: allow?.map(parseNetwork), deny: deny.map(parseNetwork) })

/** Which of the clients the lists admit. */
const admitted = (
  clients: readonly (string | number)[],
  allow: readonly string[] | undefined,
  deny?: readonly string[],
) => {
  // As a worker gets it.
  const table = structuredClone(tableFrom(allow, deny))
  return clients.filter((client) => table === undefined || isAdmitted(table, client))
}

const OFFICE = '10.1.2.3:4711'
const OFFICE_NUMBER = 0x0a01_0203 * 65_536 + 4711
const HOME = '192.0.2.1:4711'
const IPV6 = '[2001:db8::1]:4711'
const UNIX = 'unix:/run/client.sock'
const ALL = [OFFICE, OFFICE_NUMBER, HOME, IPV6, UNIX, 'unix:']

describe('access lists', () => {
  test('admit everyone where there are none', () => {
    expect(tableFrom(undefined)).toBeUndefined()
    expect(admitted([...ALL, 'unknown'], undefined, [])).toEqual([...ALL, 'unknown'])
  })

  test('admit who is allowed, and nobody else', () => {
    expect(admitted(ALL, ['10.0.0.0/8'])).toEqual([OFFICE, OFFICE_NUMBER])
    expect(admitted(ALL, ['2001:db8::/32', HOME.split(':')[0] ?? ''])).toEqual([HOME, IPV6])
  })

  test('admit nobody where the list that was given is empty', () => {
    expect(admitted(ALL, [])).toEqual([])
    expect(admitted(ALL, [], ['10.0.0.0/8'])).toEqual([])
  })

  test('deny wins over allow, however narrow', () => {
    expect(admitted(ALL, ['10.1.2.3/32', '2001:db8::1'], ['10.0.0.0/8'])).toEqual([IPV6])
    expect(admitted(ALL, ['0.0.0.0/0', '::/0'], ['10.1.2.3'])).toEqual([HOME, IPV6])
  })

  test('deny alone leaves everyone else, clients of unix sockets too', () => {
    expect(admitted(ALL, undefined, ['10.0.0.0/8', '::/0'])).toEqual([HOME, UNIX, 'unix:'])
  })

  test('no list admits a TCP client without a known address', () => {
    expect(admitted(['unknown', '', ':1', 'nonsense:80'], ['0.0.0.0/0', '::/0'])).toEqual([])
    expect(admitted(['unknown'], undefined, ['10.0.0.0/8'])).toEqual([])
  })

  test('IPv4 clients of an IPv6 socket are IPv4 clients, and zones do not count', () => {
    const clients = ['[::ffff:10.1.2.3]:80', '[::ffff:a01:203]:80', '[fe80::1%eth0]:80', '[fe80::1]:80']
    expect(admitted(clients, ['10.0.0.0/8'])).toEqual(clients.slice(0, 2))
    expect(admitted(clients, ['::ffff:10.0.0.0/104'])).toEqual(clients.slice(0, 2))
    expect(admitted(clients, ['::/0'])).toEqual(clients.slice(2))
    expect(admitted(clients, ['fe80::/10'])).toEqual(clients.slice(2))
  })
})

/** What a network is, by its bits. */
const naiveMatch = (network: string, client: string): boolean => {
  const [base = '', length] = network.split('/')
  if (isIPv4(base) !== isIPv4(client)) return false
  const all = isIPv4(base) ? 32 : 128
  return bitsOf(base).slice(0, Number(length ?? all)) === bitsOf(client).slice(0, Number(length ?? all))
}

const bitsOf = (address: string): string => {
  if (isIPv4(address))
    return address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('')
  const [before = '', after] = address.split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const [head, tail] = [groups(before), groups(after)]
  const middle = Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...middle, ...tail].map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('')
}

describe('a decision', () => {
  // Few different addresses, so that networks are inside of each other and clients inside of them.
  const byte = fc.constantFrom(0, 1, 127, 128, 255)
  const ipv4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'))
  const group = fc.constantFrom('0', '1', '8000', 'ffff', '7fff')
  const ipv6 = fc
    .array(group, { minLength: 8, maxLength: 8 })
    .map((groups) => groups.join(':'))
    .filter((text) => !text.startsWith('0:0:0:0:0:ffff:'))
  const network = fc.oneof(
    fc.tuple(ipv4, fc.integer({ min: 0, max: 32 })).map(([base, length]) => `${base}/${length}`),
    fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })).map(([base, length]) => `${base}/${length}`),
    ipv4,
    ipv6,
  )
  const list = fc.array(network, { maxLength: 12 })

  test('is that of a naive reading of the lists', () => {
    const seen = { admitted: 0, denied: 0 }
    fc.assert(
      fc.property(
        fc.option(list, { nil: undefined }),
        list,
        fc.array(fc.oneof(ipv4, ipv6), { maxLength: 20 }),
        (allow, deny, clients) => {
          const table = tableFrom(allow, deny)
          for (const client of clients) {
            const matches = (networks: readonly string[]) => networks.some((one) => naiveMatch(one, client))
            const expected = !matches(deny) && (allow === undefined || matches(allow))
            const key = isIPv4(client) ? `${client}:1` : `[${client}]:1`
            expect(table === undefined || isAdmitted(table, key)).toBe(expected)
            if (isIPv4(client) && table) {
              const number = Number.parseInt(bitsOf(client), 2) * 65_536 + 65_535
              expect(isAdmitted(table, number)).toBe(expected)
            }
            seen[expected ? 'admitted' : 'denied'] += 1
          }
        },
      ),
      { numRuns: 600 },
    )
    expect(Math.min(seen.admitted, seen.denied)).toBeGreaterThan(300)
  })
})
