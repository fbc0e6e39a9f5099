import { describe, expect, it } from 'vitest'
import { type Endpoint, endpointText, readEndpoint } from '../../../../src/proxy/admit/proxy-header/endpoint.ts'
import { findProxyHeader } from '../../../../src/proxy/admit/proxy-header/find-header.ts'
import { writeVersion1, writeVersion2 } from '../../../../src/proxy/admit/proxy-header/write-header.ts'
import {
  binaryHeader,
  IPV4_ENDS,
  IPV6_ENDS,
  NO_CHECKSUM,
  tcp4Header,
  tlv,
  unixEnds,
  withChecksum,
} from '../../../support/proxy-header.ts'

const end = (text: string): Endpoint => readEndpoint(text) as Endpoint
const ends = (source: string, destination: string) => ({ source: end(source), destination: end(destination) })

const IPV4 = ends('192.0.2.1:4711', '198.51.100.2:443')
const IPV6 = ends('[2001:db8::1]:4711', '[2001:db8::2]:443')
const UNIX = ends('unix:', 'unix:/run/server')

/** What came with a header. */
const tlvsOf = (header: Buffer) => {
  const found = findProxyHeader(header, 'v2')
  return found.is === 'header' ? found.header.tlvs : []
}

describe('a line', () => {
  it.each([
    ['IPv4', IPV4, 'PROXY TCP4 192.0.2.1 198.51.100.2 4711 443\r\n'],
    ['IPv6', IPV6, 'PROXY TCP6 2001:db8::1 2001:db8::2 4711 443\r\n'],
    ['unix sockets', UNIX, 'PROXY UNKNOWN\r\n'],
    ['two families', { source: IPV4.source, destination: IPV6.destination }, 'PROXY UNKNOWN\r\n'],
    ['unknown ends', { source: undefined, destination: undefined }, 'PROXY UNKNOWN\r\n'],
    ['an unknown destination', { source: IPV4.source, destination: undefined }, 'PROXY UNKNOWN\r\n'],
  ])('of %s is that of the specification', (_, pair, line) => {
    expect(writeVersion1(pair).toString('latin1')).toBe(line)
  })
})

describe('a binary header', () => {
  const id = tlv(5, 'w1-7')

  it.each([
    ['IPv4', IPV4, binaryHeader(0x21, 0x11, IPV4_ENDS, id, NO_CHECKSUM)],
    ['IPv6', IPV6, binaryHeader(0x21, 0x21, IPV6_ENDS, id, NO_CHECKSUM)],
    ['unix sockets', UNIX, binaryHeader(0x21, 0x31, unixEnds('', '/run/server'), id, NO_CHECKSUM)],
    [
      'abstract unix sockets',
      ends('unix:@client', 'unix:/run/@server'),
      binaryHeader(0x21, 0x31, unixEnds('\0client', '/run/@server'), id, NO_CHECKSUM),
    ],
    ['two families', { source: IPV6.source, destination: IPV4.destination }, binaryHeader(0x21, 0, id, NO_CHECKSUM)],
    ['unknown ends', { source: undefined, destination: undefined }, binaryHeader(0x21, 0, id, NO_CHECKSUM)],
  ])('of %s has our ID and a checksum', (_, pair, header) => {
    expect(writeVersion2(pair, 'w1-7', []).toString('hex')).toBe(withChecksum(header).toString('hex'))
  })

  it('passes on what the client negotiated and what belongs to applications, and nothing about the hop before', () => {
    const passed = [
      tlv(1, 'h2'),
      tlv(2, 'a.example'),
      tlv(0x20, '\x01\0\0\0\0'),
      tlv(0x30, 'blue'),
      tlv(0xe0, 'vpc'),
      tlv(0xef, ''),
      tlv(0xf7, ''),
    ]
    const kept = [
      NO_CHECKSUM,
      tlv(4, 'padding'),
      tlv(5, 'theirs'),
      tlv(0x21, 'TLSv1.3'),
      tlv(0x42, ''),
      tlv(0xf8, ''),
      tlv(0xff, ''),
    ]
    const received = tlvsOf(withChecksum(tcp4Header(...kept, ...passed)))
    expect(received).toHaveLength(14)
    const expected = withChecksum(tcp4Header(id, ...passed, NO_CHECKSUM))
    expect(writeVersion2(IPV4, 'w1-7', received).toString('hex')).toBe(expected.toString('hex'))
  })

  it('has the paths of unix sockets as they came in, also what is no text', () => {
    const paths = Buffer.alloc(216)
    paths.set([0x2f, 0xff, 0xfe, 0xc3], 0)
    paths.set([0, 0x61, 0, 0xff, 0x40], 108)
    const found = findProxyHeader(binaryHeader(0x21, 0x31, paths), 'v2')
    const endpoints = found.is === 'header' ? found.header.endpoints : undefined
    const expected = withChecksum(binaryHeader(0x21, 0x31, paths, id, NO_CHECKSUM))
    expect(writeVersion2(endpoints ?? UNIX, 'w1-7', []).toString('hex')).toBe(expected.toString('hex'))
  })

  it('has at most 4096 bytes: what there is no room for is left out', () => {
    const room = 4096 - 16 - 12 - id.length - NO_CHECKSUM.length
    const [fits, doesNot] = [tlv(0xe0, Buffer.alloc(room - 3)), tlv(0xe0, Buffer.alloc(room - 2))]
    expect(writeVersion2(IPV4, 'w1-7', tlvsOf(tcp4Header(fits))).length).toBe(4096)
    expect(writeVersion2(IPV4, 'w1-7', tlvsOf(tcp4Header(doesNot, tlv(1, 'h2'))))).toEqual(
      withChecksum(tcp4Header(id, tlv(1, 'h2'), NO_CHECKSUM)),
    )
  })
})

describe('an end', () => {
  it.each([
    '192.0.2.1:4711',
    '[2001:db8::1]:65535',
    '[::]:0',
    '[::1]:1',
    '[1::]:1',
    '[1:0:0:2::3]:1',
    '[1::2:0:0:3:4]:1',
    '[1:0:2:3:4:5:6:7]:1',
    'unix:',
    'unix:/run/client.sock',
    'unix:@client',
  ])('is the same as text and as bytes: %s', (text) => {
    expect(endpointText(end(text))).toBe(text)
  })

  it('of IPv4 in IPv6 is shown as IPv4, and a zone is left out', () => {
    expect(endpointText(end('[::ffff:192.0.2.1]:80'))).toBe('192.0.2.1:80')
    expect(endpointText(end('[fe80::1%eth0]:80'))).toBe('[fe80::1]:80')
  })

  it.each(['unknown', '', '1.2.3.4', '[::1]', '[1.2.3.4]:80', '::1:80', 'host:80', '1.2.3:4'])(
    'is none in %j',
    (text) => {
      expect(readEndpoint(text)).toBeUndefined()
    },
  )
})
