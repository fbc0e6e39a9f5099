import { describe, expect, it } from 'vitest'
import { MOST_EARLY_BYTES } from '../../../src/engine/peer.ts'
import { findClientHello, type HelloFinding } from '../../../src/proxy/admit/client-hello.ts'
import { type HelloParts, helloMessage, inRecords, serverNameExtension } from '../../support/hello.ts'

const named = (parts: HelloParts): HelloFinding => findClientHello(inRecords(helloMessage(parts)))

/** What is found when the bytes come one by one. It is looked for only when there are as many as it was told to wait for. */
const foundSingly = (bytes: Buffer): HelloFinding => {
  let found: HelloFinding = { is: 'more', atLeast: 1 }
  for (let there = 1; there <= bytes.length && found.is === 'more'; there++)
    if (there >= found.atLeast) found = findClientHello(bytes.subarray(0, there))
  return found
}

/** What is found when there are always exactly as many bytes as were asked for. */
const foundInPieces = (bytes: Buffer): HelloFinding => {
  let found: HelloFinding = { is: 'more', atLeast: 1 }
  while (found.is === 'more' && found.atLeast <= bytes.length) {
    expect(found.atLeast).toBeLessThanOrEqual(MOST_EARLY_BYTES)
    found = findClientHello(bytes.subarray(0, found.atLeast))
  }
  return found
}

describe('a ClientHello', () => {
  const grease: readonly (readonly [number, Buffer])[] = [
    [0x0a0a, Buffer.alloc(0)],
    [0x1a1a, Buffer.from([0])],
  ]
  /** A key share of X25519MLKEM768 has 1216 bytes. */
  const postQuantum: readonly (readonly [number, Buffer])[] = [[51, Buffer.alloc(1216 + 6, 3)]]

  it.each([
    ['one record', 16_384],
    ['two records', 300],
    ['twenty records', 90],
    ['records of 5 bytes', 5],
  ])('is the same in %s, in one segment and in segments of one byte', (_, size) => {
    const bytes = inRecords(helloMessage({ serverName: 'shop.example', extensions: postQuantum }), size)
    const expected = { is: 'yes', serverName: 'shop.example' }
    expect(findClientHello(bytes)).toEqual(expected)
    expect(foundSingly(bytes)).toEqual(expected)
  })

  it('may have GREASE, post-quantum keys, 61 kB, and no name', () => {
    expect(named({ serverName: 'a.b', extensions: [...grease, ...postQuantum] })).toMatchObject({ serverName: 'a.b' })
    expect(named({ serverName: 'a.b', extensions: [[21, Buffer.alloc(61_000)]] })).toMatchObject({ serverName: 'a.b' })
    expect(named({ extensions: grease })).toEqual({ is: 'yes' })
  })

  it.each([16_384, 10_000, 300])('may fill what can be looked at, and no byte more, in records of %i', (size) => {
    const padded = (padding: number): Buffer =>
      inRecords(helloMessage({ serverName: 'a.b', extensions: [[21, Buffer.alloc(padding)]] }), size)
    const most = MOST_EARLY_BYTES - (padded(62_000).length - 62_000)
    for (let padding = most - 40; padding < most + 40; padding++) {
      const bytes = padded(padding)
      const fits = bytes.length <= MOST_EARLY_BYTES
      const expected = fits ? { is: 'yes', serverName: 'a.b' } : { is: 'no' }
      expect([bytes.length, findClientHello(bytes)]).toEqual([bytes.length, expected])
      expect([bytes.length, foundInPieces(bytes)]).toEqual([bytes.length, expected])
    }
  })

  it('asks for no more than can be looked at, although its last record is longer', () => {
    const hello = helloMessage({ serverName: 'a.b', extensions: [[21, Buffer.alloc(62_000)]] })
    const bytes = inRecords(Buffer.concat([hello, Buffer.alloc(8_000)]))
    expect(foundInPieces(bytes)).toEqual({ is: 'yes', serverName: 'a.b' })
  })

  it('names the same server in whatever case, and with a dot at its end', () => {
    expect(named({ serverName: 'Shop.EXAMPLE.' })).toMatchObject({ serverName: 'shop.example' })
  })

  it.each([
    ['a name with NUL', { serverName: 'good.example\0.evil' }],
    ['an empty name', { serverName: '' }],
    ['a name with a space', { serverName: 'a b' }],
    ['a name with two dots', { serverName: 'a..b' }],
    ['two names', { serverName: 'a.b', extensions: [serverNameExtension('c.d')] }],
    ['a name of another kind', { extensions: [[0, Buffer.from('0004010001 61'.replace(' ', ''), 'hex')] as const] }],
    ['a version of long ago', { version: 0x0200 }],
    ['half a cipher suite', { suites: Buffer.from([1, 2, 3]) }],
    ['no cipher suite', { suites: Buffer.alloc(0) }],
    ['66 kB', { suites: Buffer.alloc(2000, 1), extensions: [[21, Buffer.alloc(65_000)] as const] }],
  ])('with %s is none', (_, parts) => {
    expect(named(parts)).toEqual({ is: 'no' })
  })

  it('whose lengths do not fit into each other is none', () => {
    const message = helloMessage({ serverName: 'shop.example' })
    for (let at = 4 + 2 + 32; at < message.length; at++) {
      const broken = Buffer.from(message)
      broken[at] = (broken[at] ?? 0) ^ 0x40
      const found = findClientHello(inRecords(broken))
      // A changed byte of an id, of a suite or of the name itself is another greeting; no change is a crash.
      expect(['yes', 'no']).toContain(found.is)
    }
    const short = Buffer.from(message)
    short.writeUIntBE(message.length - 4 - 1, 1, 3)
    expect(findClientHello(inRecords(short))).toEqual({ is: 'no' })
  })
})
