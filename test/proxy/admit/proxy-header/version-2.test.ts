import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../../src/proxy/admit/proxy-header/crc32c.ts'
import { findProxyHeader } from '../../../../src/proxy/admit/proxy-header/find-header.ts'
import {
  binaryHeader,
  IPV4_ENDS,
  IPV6_ENDS,
  NO_CHECKSUM,
  slowCrc32c,
  tcp4Header,
  tlv,
  unixEnds,
  withChecksum,
} from '../../../support/proxy-header.ts'
import { find, read } from './read-version-2.ts'

const wrongAfter = (bytes: Buffer): number => {
  for (let size = 0; size <= bytes.length; size++) if (find(bytes.subarray(0, size)).is === 'wrong') return size
  return Number.POSITIVE_INFINITY
}

describe('a binary header', () => {
  const paths = unixEnds('/run/client', '/run/server')
  const longPath = `/${'x'.repeat(107)}`

  it.each([
    ['TCP over IPv4', 0x11, IPV4_ENDS, ['192.0.2.1:4711', '198.51.100.2:443']],
    ['TCP over IPv6', 0x21, IPV6_ENDS, ['[2001:db8::1]:4711', '[2001:db8::2]:443']],
    ['a unix stream', 0x31, paths, ['unix:/run/client', 'unix:/run/server']],
    ['unix paths without a NUL', 0x31, unixEnds(longPath, longPath), [`unix:${longPath}`, `unix:${longPath}`]],
    ['unix sockets without a name', 0x31, unixEnds('', ''), ['unix:', 'unix:']],
    ['abstract unix sockets', 0x31, unixEnds('\0client', '\0a\0b'), ['unix:@client', 'unix:@a@b']],
    ['the longest abstract name', 0x31, unixEnds(`\0${'x'.repeat(107)}`, ''), [`unix:@${'x'.repeat(107)}`, 'unix:']],
  ])('of %s names both ends', (_, family, addresses, ends) => {
    const header = binaryHeader(0x21, family, addresses)
    const expected = { length: header.length, version: 'v2', command: 'PROXY', ends, types: [] }
    expect(read(header)).toEqual(expected)
    expect(read(Buffer.concat([header, Buffer.from([3, 0, 4])]))).toEqual(expected)
    for (let size = 0; size < header.length; size++)
      expect(find(header.subarray(0, size))).toEqual({ is: 'more', atLeast: size < 16 ? size + 1 : header.length })
  })

  it.each([
    ['LOCAL', 'LOCAL', binaryHeader(0x20, 0)],
    ['LOCAL with addresses, which are ignored', 'LOCAL', binaryHeader(0x20, 0x11, IPV4_ENDS)],
    ['LOCAL of a family that is none, which is ignored', 'LOCAL', binaryHeader(0x20, 0xff, Buffer.from('rubbish'))],
    ['UNSPEC', 'PROXY', binaryHeader(0x21, 0)],
    ['UNSPEC with some address', 'PROXY', binaryHeader(0x21, 0, Buffer.from('some address'))],
    ['UNSPEC over IPv4', 'PROXY', binaryHeader(0x21, 0x10, IPV4_ENDS)],
    ['a stream of UNSPEC', 'PROXY', binaryHeader(0x21, 0x01)],
    ['UDP over IPv4', 'PROXY', binaryHeader(0x21, 0x12, IPV4_ENDS)],
    ['UDP over IPv6', 'PROXY', binaryHeader(0x21, 0x22, IPV6_ENDS)],
    ['a unix datagram', 'PROXY', binaryHeader(0x21, 0x32, paths)],
  ])('of %s names no end', (_, command, header) => {
    expect(read(Buffer.concat([header, Buffer.from('payload')]))).toEqual({
      length: header.length,
      version: 'v2',
      command,
      ends: undefined,
      types: [],
    })
  })

  it.each([
    ['GET / HTTP/1.1\r\n', 'v2', 'it does not begin with a v2 header'],
    ['\r\n\r\nGET / HTTP/1.1\r\n', 'v2', 'it does not begin with a v2 header'],
    ['PROXY TCP4 192.0.2.1 198.51.100.2 4711 443\r\n', 'v2', 'it begins as v1 does, but only v2 is accepted'],
    ['GET / HTTP/1.1\r\n', 'any', 'it does not begin with a PROXY header'],
    ['\x16\x03\x01\x02\x00', 'any', 'it does not begin with a PROXY header'],
    ['PUT / HTTP/1.1\r\n', 'any', 'it does not begin with a v1 header'],
  ] as const)('is not what %j is, where %s is accepted', (text, accepted, reason) => {
    expect(findProxyHeader(Buffer.from(text, 'latin1'), accepted)).toEqual({ is: 'wrong', reason })
  })

  const fixed = binaryHeader(0x21, 0x11, IPV4_ENDS).subarray(0, 14)
  it.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1'), 1],
    ['another signature', Buffer.from('0d0a0d0a000d0a515549540d', 'hex'), 12],
    ['version 1', binaryHeader(0x11, 0x11, IPV4_ENDS), 13],
    ['version 3', binaryHeader(0x31, 0x11, IPV4_ENDS), 13],
    ['command 2', binaryHeader(0x22, 0x11, IPV4_ENDS), 13],
    ['family 4', binaryHeader(0x21, 0x41, IPV4_ENDS), 14],
    ['protocol 3', binaryHeader(0x21, 0x13, IPV4_ENDS), 14],
    ['length 65535', Buffer.concat([fixed, Buffer.from([255, 255])]), 15],
    ['4097 bytes', binaryHeader(0x21, 0x11, Buffer.alloc(4081)), 16],
    ['IPv6 that is too short', binaryHeader(0x21, 0x21, IPV6_ENDS.subarray(1)), 16],
    ['a path that is too short', binaryHeader(0x21, 0x31, paths.subarray(1)), 16],
    ['datagrams that are too short', binaryHeader(0x21, 0x12, Buffer.alloc(11)), 16],
  ])('with %s is wrong as soon as that byte is there', (_, header, after) => {
    expect(wrongAfter(Buffer.concat([header, Buffer.alloc(200)]))).toBe(after)
  })

  it.each([...Array(12).keys()])('of IPv4 with only %i bytes of addresses is wrong, whatever follows', (size) => {
    const header = binaryHeader(0x21, 0x11, IPV4_ENDS.subarray(0, size))
    expect(find(Buffer.concat([header, IPV4_ENDS]))).toEqual({
      is: 'wrong',
      reason: 'its length is too short for its addresses',
    })
  })

  it('may have 4096 bytes', () => {
    const longest = tcp4Header(tlv(4, Buffer.alloc(4096 - 16 - 12 - 3)))
    expect(longest.length).toBe(4096)
    expect(read(longest)).toMatchObject({ length: 4096 })
  })
})

describe('the checksum', () => {
  // RFC 3720 appendix B.4, whose bytes are in the order of the network's CRC field, the last first.
  it.each([
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 that rise', Buffer.from([...Array(32).keys()]), 0x46dd794e],
    ['32 that fall', Buffer.from([...Array(32).keys()].toReversed()), 0x113fdb5c],
    ['nine digits', Buffer.from('123456789'), 0xe3069283],
  ])('of %s is that of the RFC', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected)
    expect(slowCrc32c(bytes)).toBe(expected)
  })

  it.each([
    ['at the end', tcp4Header(tlv(2, 'a.example'), NO_CHECKSUM)],
    ['at the begin', binaryHeader(0x21, 0x21, IPV6_ENDS, NO_CHECKSUM, tlv(5, 'id'))],
    ['of an unspecified family', binaryHeader(0x21, 0x00, NO_CHECKSUM)],
  ])('%s is checked: no bit of the header may change', (_, header) => {
    const right = withChecksum(header)
    expect(read(Buffer.concat([right, Buffer.from('payload')]))).toMatchObject({ version: 'v2', length: right.length })
    // The fixed bytes have mistakes of their own, and a changed type or length may leave no checksum to look at.
    const at = right.length - 1
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(right)
      changed.writeUInt8(right.readUInt8(at) ^ (1 << bit), at)
      expect(find(changed)).toEqual({ is: 'wrong', reason: 'its checksum is wrong' })
    }
  })
})
