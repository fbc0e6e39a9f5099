/** Any bytes, cut anywhere: FAULTS of other parsers were lengths that they believed, and bytes that they had not received. */
import { expect, it } from 'vitest'
import { findProxyHeader } from '../../../../src/proxy/admit/proxy-header/find-header.ts'
import type { HeaderFinding } from '../../../../src/proxy/admit/proxy-header/header.ts'
import type { Tlv } from '../../../../src/proxy/admit/proxy-header/tlvs.ts'
import {
  binaryHeader,
  IPV4_ENDS,
  IPV6_ENDS,
  NO_CHECKSUM,
  sslTlv,
  tlv,
  unixEnds,
  withChecksum,
} from '../../../support/proxy-header.ts'

const CASES = Number(process.env.CASES ?? 1_000_000)
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 32)

/** mulberry32 */
const randomFrom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

const RIGHT = [
  ...[
    'PROXY TCP4 192.0.2.1 198.51.100.2 4711 443\r\n',
    'PROXY TCP6 2001:db8::1 ::ffff:192.0.2.1 65535 0\r\n',
    'PROXY UNKNOWN\r\n',
    'PROXY UNKNOWN and so on\r\n',
  ].map((line) => Buffer.from(line)),
  binaryHeader(0x20, 0),
  binaryHeader(0x21, 0, tlv(5, 'id')),
  binaryHeader(0x21, 0x11, IPV4_ENDS),
  withChecksum(binaryHeader(0x21, 0x21, IPV6_ENDS, tlv(1, 'h2'), tlv(4, ''), NO_CHECKSUM)),
  binaryHeader(0x21, 0x31, unixEnds('/a', '/b'), sslTlv(tlv(0x21, 'TLSv1.3'), tlv(0x22, ''))),
  binaryHeader(0x21, 0x11, IPV4_ENDS, sslTlv(tlv(0x22, 'a')), tlv(2, 'a.example')),
]
/** Bytes that mean something to a parser. */
const TELLING = [...Buffer.from('\r\n :.0123456789aF+-%PROXYTCU\0'), 0x20, 0x21, 0x11, 0x31, 0x7f, 0x80, 0xff]
const ACCEPTED = ['v1', 'v2', 'any'] as const

it(`answers the same however ${CASES} inputs are cut, never throws, and never asks beyond the bounds (seed ${SEED})`, () => {
  console.log(`seed ${SEED}`)
  const random = randomFrom(SEED)
  const buffer = Buffer.alloc(512)
  const seen: Record<HeaderFinding['is'], number> = { header: 0, more: 0, wrong: 0 }

  /** A header, most often changed in a few places, with more bytes behind it; or any bytes. */
  const next = (): Buffer => {
    const begin = random(20) === 0 ? undefined : RIGHT[random(RIGHT.length)]
    const most = Math.min(buffer.length, (begin?.copy(buffer) ?? 0) + random(40))
    const size = random(5) === 0 ? random(most) : most
    for (let at = begin?.length ?? 0; at < size; at++) buffer[at] = random(256)
    for (let changes = random(4); changes > 0 && size > 0; changes--) change(size)
    return buffer.subarray(0, size)
  }
  const change = (size: number): void => {
    const at = random(size)
    const how = random(8)
    if (how === 0) buffer.copyWithin(at, at + 1, size)
    if (how === 1) buffer.copyWithin(at + 1, at, size - 1)
    buffer[at] = random(2) === 0 ? random(256) : (TELLING[random(TELLING.length)] ?? 0)
  }

  for (let made = 0; made < CASES; made++) {
    const bytes = next()
    const accepted = ACCEPTED[random(3)] ?? 'any'
    const whole = findProxyHeader(bytes, accepted)
    seen[whole.is] += 1
    let cut: HeaderFinding = { is: 'more', atLeast: 1 }
    let asked = true
    for (let size = 0; cut.is === 'more' && asked; ) {
      size = Math.min(bytes.length, size + 1 + random(random(3) === 0 ? 4 : 200))
      asked = size < bytes.length
      if (size < cut.atLeast) continue
      cut = findProxyHeader(bytes.subarray(0, size), accepted)
      if (cut.is === 'more' && (cut.atLeast <= size || cut.atLeast > boundOf(bytes))) return fail(bytes, cut, whole)
    }
    if (!isSame(cut, whole) || (whole.is === 'header' && whole.header.length > bytes.length))
      return fail(bytes, cut, whole)
    if (whole.is === 'header' && !whole.header.tlvs.every(isSound))
      return fail(bytes, { is: 'wrong', reason: '' }, whole)
  }
  console.log(seen)
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(CASES / 50)
}, 120_000)

/** Whether whoever reads the TLV finds the ends of those in it (section 2.2.6). */
const isSound = ({ type, value }: Tlv): boolean => {
  if (type !== 0x20) return true
  let at = 5
  while (at + 3 <= value.length) at += 3 + value.readUInt16BE(at + 1)
  return at === value.length
}

const boundOf = (bytes: Buffer): number => (bytes[0] === 0x0d ? 4096 : 107)

const isSame = (one: HeaderFinding, other: HeaderFinding): boolean => {
  if (one.is === 'wrong' && other.is === 'wrong') return one.reason === other.reason
  if (one.is === 'header' && other.is === 'header') return JSON.stringify(one) === JSON.stringify(other)
  return one.is === other.is
}

const fail = (bytes: Buffer, cut: HeaderFinding, whole: HeaderFinding): void =>
  expect({ bytes: bytes.toString('hex'), found: cut }).toEqual({ bytes: bytes.toString('hex'), found: whole })
