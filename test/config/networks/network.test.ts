import { describe, expect, test } from 'vitest'
import { type Network, parseNetwork } from '../../../src/config/networks/network.ts'
import { EVERY_ADDRESS, setOf, without } from '../../../src/config/networks/network-set.ts'
import { Unreadable } from '../../../src/config/problems/unreadable.ts'

const ipv4 = (first: number, last: number): Network => ({ ipv4: { first, last } })
const ipv6 = (first: bigint, last: bigint): Network => ({ ipv6: { first, last } })

describe('a network', () => {
  test.each([
    ['10.0.0.0/8', ipv4(0x0a00_0000, 0x0aff_ffff)],
    ['10.1.2.3/8', ipv4(0x0a00_0000, 0x0aff_ffff)],
    ['192.0.2.1', ipv4(0xc000_0201, 0xc000_0201)],
    ['192.0.2.1/32', ipv4(0xc000_0201, 0xc000_0201)],
    ['0.0.0.0/0', ipv4(0, 0xffff_ffff)],
    ['255.255.255.255/31', ipv4(0xffff_fffe, 0xffff_ffff)],
    ['::ffff:10.0.0.0/104', ipv4(0x0a00_0000, 0x0aff_ffff)],
    ['::ffff:0:0/96', ipv4(0, 0xffff_ffff)],
    ['::ffff:192.0.2.1', ipv4(0xc000_0201, 0xc000_0201)],
    ['::1', ipv6(1n, 1n)],
    ['::/0', ipv6(0n, (1n << 128n) - 1n)],
    ['2001:db8::1/32', ipv6(0x2001_0db8n << 96n, (0x2001_0db9n << 96n) - 1n)],
  ])('%s is read', (text, network) => {
    expect(parseNetwork(text)).toEqual(network)
  })

  test.each([
    ['', '"" is not a network; write an address or a network, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32'],
    [
      '10.0.0/8',
      '"10.0.0/8" is not a network; write an address or a network, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32',
    ],
    [
      'localhost',
      '"localhost" is not a network; write an address or a network, such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32',
    ],
    ['10.0.0.0/33', '"10.0.0.0/33" has no valid length after the slash; write a number from 0 to 32'],
    ['10.0.0.0/', '"10.0.0.0/" has no length after the slash; write a number from 0 to 32'],
    ['10.0.0.0/08', '"10.0.0.0/08" has no valid length after the slash; write a number from 0 to 32'],
    ['10.0.0.0/255.0.0.0', '"10.0.0.0/255.0.0.0" has no valid length after the slash; write a number from 0 to 32'],
    ['10.0.0.0/8/8', '"10.0.0.0/8/8" has no valid length after the slash; write a number from 0 to 32'],
    ['2001:db8::/129', '"2001:db8::/129" has no valid length after the slash; write a number from 0 to 128'],
    ['2001:db8::/', '"2001:db8::/" has no length after the slash; write a number from 0 to 128'],
    ['::ffff:10.0.0.0/129', '"::ffff:10.0.0.0/129" has no valid length after the slash; write a number from 0 to 128'],
    ['fe80::1%eth0/64', '"fe80::1%eth0/64" has a zone; write the address without %, for all zones'],
    ['::ffff:10.0.0.0/8', '"::ffff:10.0.0.0/8" has a length for IPv4; write 10.0.0.0/8, or ::ffff:10.0.0.0/104'],
    ['::ffff:c0a8:0/0', '"::ffff:c0a8:0/0" has a length for IPv4; write 192.168.0.0/0, or ::ffff:192.168.0.0/96'],
    ['::ffff:10.0.0.0/95', '"::ffff:10.0.0.0/95" is larger than all of IPv4; write a length from 96 to 128'],
    ['::ffff:10.0.0.0/33', '"::ffff:10.0.0.0/33" is larger than all of IPv4; write a length from 96 to 128'],
  ])('%j is refused', (text, message) => {
    expect(() => parseNetwork(text)).toThrow(new Unreadable(message))
  })
})

describe('a set of networks', () => {
  const of = (...texts: string[]) => setOf(texts.map(parseNetwork))

  test('has each range once, in order', () => {
    expect(of('10.1.0.0/16', '9.0.0.0/8', '10.0.0.0/8', '10.0.0.0/9', '10.0.0.0/8')).toEqual({
      ipv4: [
        { first: 0x0900_0000, last: 0x09ff_ffff },
        { first: 0x0a00_0000, last: 0x0aff_ffff },
      ],
      ipv6: [],
    })
  })

  test('without another has holes, also at its ends', () => {
    const removed = of('0.0.0.0/8', '10.0.0.0/8', '10.1.1.1', '255.0.0.0/8', '::1')
    expect(without(EVERY_ADDRESS, removed)).toEqual({
      ipv4: [
        { first: 0x0100_0000, last: 0x09ff_ffff },
        { first: 0x0b00_0000, last: 0xfeff_ffff },
      ],
      ipv6: [
        { first: 0n, last: 0n },
        { first: 2n, last: (1n << 128n) - 1n },
      ],
    })
    expect(without(of('10.0.0.0/8', '11.0.0.0/8'), of('8.0.0.0/5'))).toEqual({ ipv4: [], ipv6: [] })
  })
})
