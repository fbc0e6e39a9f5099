import { BlockList, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEndpoint } from '../../src/proxy/admit/proxy-header/endpoint.ts'
import { anonymized } from '../../src/worker/reporting/anonymize.ts'

describe('an anonymized client', () => {
  test.each([
    ['192.0.2.77:4711', 24, '192.0.2.0:4711'],
    ['255.255.255.255:65535', 24, '255.255.255.0:65535'],
    ['203.0.113.255:1', 31, '203.0.113.254:1'],
    ['203.0.113.255:1', 20, '203.0.112.0:1'],
    ['203.0.113.255:1', 8, '203.0.0.0:1'],
    ['203.0.113.255:1', 1, '128.0.0.0:1'],
    ['[2001:db8:1:2:3:4:5:6]:443', 24, '[2001:db8:1::]:443'],
    ['[2001:db8:1:2:3:4:5:6]:443', 8, '[2001:db8:1::]:443'],
    ['[2001:db8::1]:443', 24, '[2001:db8::]:443'],
    ['[2001::1]:443', 24, '[2001::]:443'],
    ['[0:0:1::1]:443', 24, '[0:0:1::]:443'],
    ['[::1]:443', 24, '[::]:443'],
    ['[fe80::1%eth0]:443', 24, '[fe80::]:443'],
    ['[::ffff:192.0.2.77]:4711', 24, '192.0.2.0:4711'],
    ['[::ffff:c000:24d]:4711', 24, '192.0.2.0:4711'],
    ['unix:/run/client:80', 24, 'unix:/run/client:80'],
    ['unix:@abstract', 24, 'unix:@abstract'],
    ['unix:', 24, 'unix:'],
    ['unknown', 24, 'unknown'],
    ['192.0.2.77', 24, 'unknown'],
  ])('%s with /%i is %s', (client, bits, shown) => {
    expect(anonymized(client, bits)).toBe(shown)
  })

  test('is in the network of its client, with no host in it and the same port', () => {
    const ipv4 = fc.tuple(fc.ipV4(), fc.constant(false))
    const ipv6 = fc.tuple(fc.ipV6(), fc.constant(true))
    const property = fc.property(
      fc.oneof(ipv4, ipv6),
      fc.nat(65_535),
      fc.integer({ min: 1, max: 31 }),
      (from, port, bits) => {
        const [address, isV6] = from
        const shown = anonymized(isV6 ? `[${address}]:${port}` : `${address}:${port}`, bits)
        const network = readEndpoint(shown)
        if (network === undefined || network.family === 'unix') throw new Error(`no address: ${shown}`)
        expect(network.port).toBe(port)
        const kept = network.family === 'ipv6' ? 48 : bits
        const binary = [...network.address].map((byte) => byte.toString(2).padStart(8, '0')).join('')
        expect(binary.slice(kept)).not.toContain('1')
        const list = new BlockList()
        const host = shown.slice(0, shown.lastIndexOf(':')).replace(/^\[|\]$/g, '')
        list.addSubnet(host, kept, network.family)
        expect(list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'), shown).toBe(true)
      },
    )
    fc.assert(property, { numRuns: 500 })
  })
})
