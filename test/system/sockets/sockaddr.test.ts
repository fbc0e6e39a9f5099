import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Address, formatAddress } from '../../../src/config/fields/address.ts'
import { Block } from '../../../src/system/ffi.ts'
import { interfaceIndex } from '../../../src/system/libc.ts'
import { peerName } from '../../../src/system/sockets/peer-name.ts'
import { decodePeer, encodeSockaddr } from '../../../src/system/sockets/sockaddr.ts'

const block = new Block(128)

const encode = (address: Address) => {
  const { family, length } = encodeSockaddr(address, block)
  return { family, length, bytes: Buffer.from(block.bytes.subarray(0, length)) }
}
const decode = (length: number): string => peerName(decodePeer(block, length))
const tcp = (host: string, port: number) => ({ kind: 'tcp', host, port }) as const
const port = fc.integer({ min: 0, max: 65_535 })

describe('socket addresses in the kernel’s form', () => {
  test('are those of ip(7), ipv6(7) and unix(7) on a little-endian machine', () => {
    expect(encode(tcp('192.0.2.1', 8080))).toEqual({
      family: 2,
      length: 16,
      bytes: Buffer.from('02001f90c00002010000000000000000', 'hex'),
    })
    expect(encode(tcp('2001:db8::1', 80))).toEqual({
      family: 10,
      length: 28,
      bytes: Buffer.from(`0a000050${'0'.repeat(8)}20010db8${'0'.repeat(22)}01${'0'.repeat(8)}`, 'hex'),
    })
    expect(encode({ kind: 'unix', path: '/a' })).toEqual({
      family: 1,
      length: 5,
      bytes: Buffer.from('01002f6100', 'hex'),
    })
  })

  test('come back as they were: any IPv4 address and port', () => {
    const property = fc.property(fc.ipV4(), port, (host, number) => {
      const address = tcp(host, number)
      const { length } = encode(address)
      expect(decode(length)).toBe(formatAddress(address))
    })
    fc.assert(property, { numRuns: 1_000 })
  })

  test('come back as the same address: any IPv6 address and port, in whatever spelling', () => {
    const property = fc.property(fc.ipV6(), port, (host, number) => {
      const { bytes, length } = encode(tcp(host, number))
      const name = decode(length)
      const [, shown = '', shownPort] = /^\[(.*)\]:(\d+)$/.exec(name) ?? /^(.*):(\d+)$/.exec(name) ?? []
      expect(Number(shownPort)).toBe(number)
      // An IPv4 client of a dual-stack socket is shown as what it is.
      const again = encode(tcp(shown.includes(':') ? shown : `::ffff:${shown}`, number))
      expect(again.bytes.equals(bytes)).toBe(true)
    })
    fc.assert(property, { numRuns: 1_000 })
  })

  test('show an IPv4 client of a dual-stack socket as IPv4', () => {
    const property = fc.property(fc.ipV4(), port, (host, number) => {
      const { length } = encode(tcp(`::ffff:${host}`, number))
      expect(decode(length)).toBe(`${host}:${number}`)
    })
    fc.assert(property, { numRuns: 300 })
  })

  test('carry the scope of a link-local address, by the interface’s name or number', () => {
    const scopeOf = (host: string): number => encode(tcp(host, 1)).bytes.readUInt32LE(24)
    expect(interfaceIndex('lo')).toBeGreaterThan(0)
    expect([scopeOf('fe80::1%lo'), scopeOf('fe80::1%7'), scopeOf('fe80::1')]).toEqual([interfaceIndex('lo'), 7, 0])
  })

  test('come back as they were: unix paths of up to 107 bytes of UTF-8', () => {
    const path = fc
      .string({ unit: 'binary', maxLength: 106 })
      .map((text) => `/${text.replaceAll('\0', '')}`)
      .filter((text) => Buffer.byteLength(text) <= 107)
    const property = fc.property(path, (text) => {
      const { length } = encode({ kind: 'unix', path: text })
      expect(length).toBe(2 + Buffer.byteLength(text) + 1)
      expect(decode(length)).toBe(`unix:${text}`)
    })
    fc.assert(property, { numRuns: 1_000 })
    const { length } = encode({ kind: 'unix', path: `/${'x'.repeat(106)}` })
    expect(decode(length)).toBe(`unix:/${'x'.repeat(106)}`)
  })

  test.each([
    ['', 'unix:'],
    ['\0', 'unix:@'],
    ['\0app', 'unix:@app'],
    ['\0app\0\0', 'unix:@app@@'],
    ['/a\0', 'unix:/a'],
    ['x'.repeat(108), `unix:${'x'.repeat(108)}`],
    [`\0${'x'.repeat(107)}`, `unix:@${'x'.repeat(107)}`],
  ])('of a unix socket have a name as long as the kernel says: %j', (path, name) => {
    encode({ kind: 'unix', path: `/${'old'.repeat(30)}` })
    block.bytes.write(path, 2)
    expect(decode(2 + path.length)).toBe(name)
  })

  test('leave nothing of a longer address that was there before', () => {
    encode({ kind: 'unix', path: `/${'x'.repeat(106)}` })
    const { length } = encode({ kind: 'unix', path: '/a' })
    expect(decode(length)).toBe('unix:/a')
    const { bytes } = encode(tcp('::', 0))
    expect(bytes.subarray(2).every((byte) => byte === 0)).toBe(true)
  })

  test.each(['', 'localhost', '1.2.3', '1.2.3.4.5', '256.1.1.1', ':::', '1::2::3'])('are not made of "%s"', (host) => {
    expect(() => encode(tcp(host, 1))).toThrow(RangeError)
  })

  test('are not made of a path that is too long', () => {
    expect(() => encode({ kind: 'unix', path: `/${'x'.repeat(107)}` })).toThrow(RangeError)
    expect(() => encode({ kind: 'unix', path: `/${'é'.repeat(54)}` })).toThrow(RangeError)
  })

  test('can be anything: whatever the kernel writes is shown, and nothing throws', () => {
    const property = fc.property(
      fc.uint8Array({ minLength: 128, maxLength: 128 }),
      fc.constantFrom(0, 1, 2, 10, 99),
      (bytes, family) => {
        block.bytes.set(bytes)
        block.bytes.writeUInt16LE(family, 0)
        const name = decode(128)
        expect(Buffer.byteLength(name)).toBeLessThan(400)
      },
    )
    fc.assert(property, { numRuns: 1_000 })
  })
})
