/** What a binary header says beyond the addresses (PP §2.2.1 to 2.2.8). */
import { describe, expect, it } from 'vitest'
import { binaryHeader, NO_CHECKSUM, sslTlv, tcp4Header, tlv } from '../../../support/proxy-header.ts'
import { find, read } from './read-version-2.ts'

describe('TLVs', () => {
  const types = [0x00, 0x01, 0x02, 0x04, 0x21, 0x30, 0x31, 0x7f, 0xe0, 0xea, 0xf0, 0xf8, 0xff]
  it.each(types)('of type %i may have any length that there is room for', (type) => {
    const most = 4096 - 16 - 12 - 3
    for (const size of [0, 1, 2, 255, 256, most])
      expect(read(tcp4Header(tlv(type, Buffer.alloc(size))))).toMatchObject({ types: [type] })
    expect(find(tcp4Header(tlv(type, Buffer.alloc(most + 1)))).is).toBe('wrong')
  })

  it.each(types)('of type %i must end where the header ends, however they go on after it', (type) => {
    const payload = Buffer.alloc(300)
    for (const rest of [
      Buffer.from([type]),
      Buffer.from([type, 0]),
      Buffer.from([type, 0, 1]),
      Buffer.from([type, 1, 0, 0]),
    ])
      expect(find(Buffer.concat([tcp4Header(rest), payload]))).toEqual({
        is: 'wrong',
        reason: 'its length is not where one of its TLVs ends',
      })
  })

  it('are never looked for behind the header: the payload may look like one', () => {
    expect(read(Buffer.concat([tcp4Header(tlv(2, 'a.example')), tlv(3, 'none')]))).toMatchObject({ types: [2] })
  })

  it('come in their order, many of them', () => {
    expect(read(tcp4Header(tlv(1, 'h2'), tlv(4, ''), tlv(2, 'a.example'), tlv(4, 'x')))).toMatchObject({
      types: [1, 4, 2, 4],
    })
    expect(read(tcp4Header(...Array(1356).fill(tlv(4, ''))))).toMatchObject({ types: Array(1356).fill(4) })
  })

  it.each([
    ['text', Buffer.from('edge-1/4711'), 'edge-1/4711'],
    ['text of UTF-8', Buffer.from('Größe 1 €'), 'Größe 1 €'],
    ['nothing', Buffer.alloc(0), ''],
    ['128 bytes', Buffer.alloc(128, 'x'), 'x'.repeat(128)],
    ['bytes', Buffer.from([0xde, 0xad, 0xbe, 0xef]), 'deadbeef'],
    ['a control character', Buffer.from('a\nb'), '610a62'],
    ['an escape', Buffer.from('\x1b[31m'), '1b5b33316d'],
    ['a change of writing direction', Buffer.from('a\u202eb'), '61e280ae62'],
    ['half a character', Buffer.from([0x61, 0xc3]), '61c3'],
  ])('have a unique ID: %s', (_, value, expected) => {
    expect(read(tcp4Header(tlv(5, value)))).toMatchObject({ uniqueId: expected })
    expect(read(binaryHeader(0x21, 0, tlv(5, value)))).toMatchObject({ uniqueId: expected, ends: undefined })
  })

  it.each([
    ['a unique ID of 129 bytes', [tlv(5, Buffer.alloc(129))], 'its unique ID has more than 128 bytes'],
    ['two unique IDs', [tlv(5, 'a'), tlv(5, 'a')], 'it has two unique IDs'],
    ['two checksums', [NO_CHECKSUM, NO_CHECKSUM], 'it has two checksums'],
    ['a checksum of 3 bytes', [tlv(3, Buffer.alloc(3))], 'its checksum is wrong'],
    ['a checksum of 5 bytes', [tlv(3, Buffer.alloc(5))], 'its checksum is wrong'],
    ['an empty checksum', [tlv(3, '')], 'its checksum is wrong'],
    ['a checksum of zeros', [NO_CHECKSUM], 'its checksum is wrong'],
    ...[0, 1, 2, 3, 4].map((size): [string, Buffer[], string] => [
      `an SSL TLV of ${size} bytes`,
      [tlv(0x20, Buffer.alloc(size))],
      'its SSL TLV has less than 5 bytes',
    ]),
    ...[
      Buffer.from([0x21]),
      Buffer.from([0x21, 0]),
      Buffer.from([0x21, 0, 1]),
      Buffer.from([0x21, 255, 255, 0x61]),
      Buffer.concat([tlv(0x21, 'TLSv1.3'), tlv(0x22, 'a.example').subarray(0, -1)]),
    ].map((inner): [string, Buffer[], string] => [
      `an SSL TLV that ends within one of its own, ${inner.toString('hex')}`,
      // Whoever believed the inner length would read the next TLV as its value.
      [sslTlv(inner), tlv(2, 'a.example')],
      'its SSL TLV is not as long as the TLVs in it',
    ]),
  ])('with %s are wrong', (_, tlvs, reason) => {
    expect(find(tcp4Header(...tlvs))).toEqual({ is: 'wrong', reason })
  })

  it('may have one about SSL, with TLVs of its own or without', () => {
    const inner = [
      tlv(0x21, 'TLSv1.3'),
      tlv(0x22, 'a.example'),
      tlv(0x23, 'ECDHE-RSA-AES128-GCM-SHA256'),
      tlv(0x7f, ''),
    ]
    for (const own of [[], inner, [tlv(0x21, Buffer.alloc(4_000))]])
      expect(read(tcp4Header(sslTlv(...own), tlv(1, 'h2')))).toMatchObject({ types: [0x20, 1] })
    expect(read(tcp4Header(tlv(0x20, Buffer.from([0, 0xff, 0xff, 0xff, 0xff]))))).toMatchObject({ types: [0x20] })
  })
})
