import { describe, expect, it } from 'vitest'
import { parseBytes } from '../../src/config/fields/bytes.ts'
import { parseConfig } from '../../src/config/load.ts'
import { Unreadable } from '../../src/config/problems/unreadable.ts'
import { good, problemsOf } from './problems-of.ts'

const upstreamWith = (line: string): string => `${good}    ${line}\n`
const upstreamOf = (line: string) => parseConfig(upstreamWith(line), 'c.yaml').upstreams[0]

describe('bytes as text', () => {
  it.each([
    ['PING', 'PING'],
    [String.raw`PING\r\n`, 'PING\r\n'],
    [String.raw`\t\0\\`, '\t\0\\'],
    [String.raw`\x00\xfF\x4A`, '\0\xffJ'],
    [String.raw`\\x00`, String.raw`\x00`],
    [String.raw`\\\n`, '\\\n'],
    ['é', '\xc3\xa9'],
    ['€\\r💚', '\xe2\x82\xac\r\xf0\x9f\x92\x9a'],
    ['a\nb', 'a\nb'],
  ])('%j stands for the bytes %j', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes)
  })

  it.each([
    ['', 'there are no bytes here'],
    [String.raw`a\q`, String.raw`"\\q" is no escape; write \r, \n, \t, \0, \xHH, or \\ for a backslash`],
    ['a\\', 'is no escape'],
    [String.raw`\x0`, 'needs two hexadecimal digits'],
    [String.raw`\x0g`, 'needs two hexadecimal digits'],
    ['\\\n', 'is no escape'],
    ['\\€', 'is no escape'],
  ])('%j is refused', (text, message) => {
    expect(() => parseBytes(text)).toThrow(Unreadable)
    expect(() => parseBytes(text)).toThrow(message)
  })
})

describe('health, ejection and onServerDown', () => {
  it('have their defaults', () => {
    expect(upstreamOf('health: {}')).toMatchObject({
      health: { intervalMs: 2_000, timeoutMs: 1_000, rise: 2, fall: 3 },
      ejection: { failures: 5, forMs: 10_000, maxPercent: 50 },
      onServerDown: 'keep',
    })
    expect(upstreamOf('ejection: off')).toMatchObject({ health: 'off', ejection: 'off' })
  })

  it('take bytes in single quotes, in double quotes, and plain', () => {
    for (const send of [String.raw`'PING\r\n'`, String.raw`"PING\r\n"`, String.raw`PING\r\n`, String.raw`"PING\\r\\n"`])
      expect(upstreamOf(`health: { send: ${send}, expect: +PONG }`)?.health).toMatchObject({
        send: 'PING\r\n',
        expect: '+PONG',
      })
  })

  it.each([
    [
      'health: on',
      '9:13 upstreams[0].health: "on" is not valid here; write off, or a mapping of interval, timeout, rise, fall, send, expect',
    ],
    [
      'health: { interval: 0s }',
      '9:25 upstreams[0].health.interval: an interval of 0 leaves no pause between checks; write a longer one',
    ],
    [
      'health: { fall: 0 }',
      '9:21 upstreams[0].health.fall: 0 is not valid here; write a whole number from 1 to 100, without quotes',
    ],
    [
      "health: { expect: '\\q' }",
      '9:23 upstreams[0].health.expect: "\\\\q" is no escape; write \\r, \\n, \\t, \\0, \\xHH, or \\\\ for a backslash',
    ],
    ['health: { raise: 2 }', '9:15 upstreams[0].health.raise: unknown key "raise"; did you mean "rise"?'],
    [
      'ejection: { maxPercent: 101 }',
      '9:29 upstreams[0].ejection.maxPercent: 101 is not valid here; write a whole number from 1 to 100, without quotes',
    ],
    ['onServerDown: cut', '9:19 upstreams[0].onServerDown: "cut" is not valid here; write keep or close'],
  ])('%s is refused with the whole sentence', (line, problem) => {
    expect(problemsOf(upstreamWith(line))).toEqual([`c.yaml:${problem}`])
  })
})
