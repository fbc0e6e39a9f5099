import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalHost } from '../../../src/config/fields/host.ts'
import { IpAddress } from '../../../src/config/networks/ip-address.ts'

/** As Node's own parsers have it. */
const read = (text: string): string => {
  const address = new IpAddress()
  if (!address.read(text)) return 'no address'
  if (address.family === 4) return [24, 16, 8, 0].map((shift) => (address.ipv4 >>> shift) & 255).join('.')
  const groups = [...address.ipv6].flatMap((number) => [number >>> 16, number & 0xffff])
  return canonicalHost(groups.map((group) => group.toString(16)).join(':'))
}

describe('an IP address', () => {
  test.each([
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8::a:0:1', '2001:db8::a:0:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s is read', (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
    '1..3.4',
    '0x7f.0.0.1',
    ':',
    ':::',
    '1:::2',
    '::1::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1.2.3.4:5',
    '::12345',
    '::g',
    '1:',
    ':1',
    'fe80::1%',
    '::1.2.3',
  ])('%j is none', (text) => {
    expect(isIP(text)).toBe(0)
    expect(read(text)).toBe('no address')
  })

  test('is one for copyloop if it is one for Node, and then the same', () => {
    const piece = fc.constantFrom('0', '1', 'f', 'ffff', '00a0', ':', '::', '.', '10', '255', '256', '1.2.3.4')
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join('')),
    )
    fc.assert(
      fc.property(text, (written) => {
        const kind = isIP(written)
        const expected = kind === 0 ? 'no address' : canonicalHost(written).split('%')[0]
        expect(read(written)).toBe(expected)
      }),
      { numRuns: 10_000 },
    )
  })

  test('is read out of a longer text', () => {
    const address = new IpAddress()
    expect([address.read('[fe80::1%eth0]:80', 1, 13), address.family, ...address.ipv6]).toEqual([
      true,
      6,
      0xfe80_0000,
      0,
      0,
      1,
    ])
    expect([address.read('192.0.2.1:80', 0, 9), address.family, address.ipv4]).toEqual([true, 4, 0xc000_0201])
  })
})
