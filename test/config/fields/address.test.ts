import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ADDRESS_PATTERN,
  type Address,
  formatAddress,
  parseAddress,
  parseServerAddress,
} from '../../../src/config/fields/address.ts'
import { Unreadable } from '../../../src/config/problems/unreadable.ts'

const tcp = (host: string, port: number): Address => ({ kind: 'tcp', host, port })

describe('an address', () => {
  it.each<[string, Address]>([
    ['127.0.0.1:80', tcp('127.0.0.1', 80)],
    ['[::1]:80', tcp('::1', 80)],
    ['[fe80::1%eth0]:80', tcp('fe80::1%eth0', 80)],
    [':8080', tcp('', 8080)],
    ['localhost:0', tcp('localhost', 0)],
    ['localhost:65535', tcp('localhost', 65535)],
    ['a-1.Example.COM:443', tcp('a-1.Example.COM', 443)],
    ['example.com.:443', tcp('example.com.', 443)],
    ['3com.com:80', tcp('3com.com', 80)],
    [`${'a'.repeat(63)}.b:1`, tcp(`${'a'.repeat(63)}.b`, 1)],
    ['unix:/run/app.sock', { kind: 'unix', path: '/run/app.sock' }],
    ['unix:@app', { kind: 'unix', path: '@app' }],
    ['unix:@a//b:80', { kind: 'unix', path: '@a//b:80' }],
    ['unix:/a b:80', { kind: 'unix', path: '/a b:80' }],
    [`unix:/${'a'.repeat(106)}`, { kind: 'unix', path: `/${'a'.repeat(106)}` }],
  ])('%s is read', (text, address) => {
    expect(parseAddress(text)).toEqual(address)
    expect(formatAddress(address)).toBe(text)
  })

  it.each([
    '',
    ':',
    '80',
    'localhost',
    'localhost:',
    'localhost:http',
    'localhost:080',
    'localhost:65536',
    'localhost:1e3',
    'localhost:80 ',
    ' localhost:80',
    'local host:80',
    'under_score:80',
    '-a.b:80',
    'a-.b:80',
    'a..b:80',
    '.a:80',
    '..:80',
    `${'a'.repeat(64)}:80`,
    `${'a.'.repeat(127)}a:80`,
    'münchen:80',
    '127.1:80',
    '1.2.3.256:80',
    '1.2.3.4.5:80',
    '0x7f.1:80',
    '::1',
    '::1:80',
    '[::1]',
    '[::1]80',
    '[]:80',
    '[127.0.0.1]:80',
    '[::1:80',
    '*:80',
    'tcp://a:80',
    'unix:',
    'unix:app.sock',
    'unix:@',
    `unix:/${'ü'.repeat(54)}`,
    'unix:/a\0b',
    'UNIX:/a',
  ])('%j is refused with a sentence that says what to do', (text) => {
    expect(() => parseAddress(text)).toThrow(Unreadable)
    expect(() => parseAddress(text)).toThrow(/write |remove /)
  })

  it.each(['my_app:80', 'web_1.service.consul:80', '_http._tcp.internal:80', 'a_:1'])(
    'of a server may have underscores: %s',
    (text) => {
      const address = parseServerAddress(text)
      expect(formatAddress(address)).toBe(text)
      expect(new RegExp(ADDRESS_PATTERN).test(text)).toBe(true)
      expect(() => parseAddress(text)).toThrow(Unreadable)
    },
  )

  it('is read as it was formatted, whatever its host and port', () => {
    const hosts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain(), fc.constant(''))
    fc.assert(
      fc.property(hosts, fc.integer({ min: 0, max: 65535 }), (host, port) => {
        expect(parseAddress(formatAddress(tcp(host, port)))).toEqual(tcp(host, port))
      }),
    )
  })

  it('matches the pattern of the JSON Schema if it is read, and throws nothing but Unreadable if it is not', () => {
    const pattern = new RegExp(ADDRESS_PATTERN)
    const near = fc.stringMatching(/^(unix:)?[[\]a-f:.%/*0-9-]{0,12}:?\d{0,6}$/)
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        try {
          return formatAddress(parseAddress(text)) === text && pattern.test(text)
        } catch (error) {
          return error instanceof Unreadable
        }
      }),
      { numRuns: 1000 },
    )
  })
})
