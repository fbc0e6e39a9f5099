import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { optionsOf } from '../../../src/inspection/api/define-inspector.ts'
import { Dfa } from '../../../src/inspection/builtin/match/dfa.ts'
import { automatonOf, type Pattern } from '../../../src/inspection/builtin/match/pattern.ts'
import matchInspector from '../../../src/inspection/builtin/match.ts'
import { ENGINES } from '../../support/engines.ts'
import { Random } from '../../support/random.ts'
import { within } from '../../support/until.ts'
import { withWorker } from '../../support/worker-harness.ts'
import { collect, untilText } from '../support.ts'

/** The number of the pattern that is found, or -1. */
const find = (patterns: Pattern[], chunks: Uint8Array[], ignoreCase = false): number => {
  const dfa = new Dfa(automatonOf(patterns, ignoreCase))
  let seen = dfa.start()
  for (const chunk of chunks) {
    seen = dfa.read(seen, chunk)
    if (seen.pattern >= 0) return seen.pattern
  }
  return -1
}

const cut = (bytes: Uint8Array, places: number[]): Uint8Array[] => {
  const sorted = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).toSorted((one, other) => one - other),
    bytes.length,
  ]
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}

describe('literals', () => {
  const letters = fc.array(fc.constantFrom(97, 98, 99, 0, 255), { maxLength: 60 }).map((bytes) => Buffer.from(bytes))
  const words = fc.array(
    fc.array(fc.constantFrom(97, 98, 99, 0, 255), { minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
    { minLength: 1, maxLength: 8 },
  )

  it('are found exactly where Buffer.indexOf finds one, however the stream is cut', () => {
    const property = fc.property(letters, words, fc.array(fc.nat(), { maxLength: 10 }), (text, patterns, places) => {
      const found = find(
        patterns.map((bytes) => ({ hex: bytes.toString('hex') })),
        cut(text, places),
      )
      expect(found >= 0).toBe(patterns.some((bytes) => text.includes(bytes)))
      if (found >= 0) expect(text.includes(patterns[found] ?? '')).toBe(true)
    })
    fc.assert(property, { numRuns: 500 })
  })

  it('may be thousands', () => {
    const patterns = Array.from({ length: 5000 }, (_, index) => ({ text: `word-${index * 7919}-end` }))
    expect(find(patterns, [Buffer.from('nothing of this is word-1-end or word-2-end')])).toBe(-1)
    expect(find(patterns, [Buffer.from('but word-79'), Buffer.from('19-end')])).toBe(1)
  })

  it('may ignore the case of ASCII letters', () => {
    expect(find([{ text: 'SeCret' }], [Buffer.from('a sEcRET')], true)).toBe(0)
    expect(find([{ text: 'SeCret' }], [Buffer.from('a sEcRET')])).toBe(-1)
    expect(find([{ text: 'ab' }, { text: 'AC' }], [Buffer.from('aC')], true)).toBe(1)
  })
})

describe('regular expressions', () => {
  /** Sources whose meaning is the same here and in JavaScript with the flag s, over bytes. */
  const atom = fc.constantFrom('a', 'b', 'c', '[ab]', '[^a]', '\\x62', '[b-d]', '\\w', '\\d', '(?:ab)', '(a|b)')
  const repeated = fc
    .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{2,}', '*?'))
    .map((parts) => parts.join(''))
  const sequence = fc.array(repeated, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''))
  const source = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|'))

  it('find what JavaScript’s find, however the stream is cut', () => {
    const text = fc.array(fc.constantFrom(...'aabbcd1 \n'), { maxLength: 40 }).map((parts) => parts.join(''))
    const property = fc.property(source, text, fc.array(fc.nat(), { maxLength: 8 }), (regex, input, places) => {
      const expected = new RegExp(regex).exec(input)
      fc.pre(!new RegExp(regex).test(''))
      expect(find([{ regex }], cut(Buffer.from(input), places)) >= 0).toBe(expected !== null)
    })
    fc.assert(property, { numRuns: 1500 })
  })

  it.each([
    ['^GET', 'GET /', true],
    ['^GET', 'a GET /', false],
    ['^(?:GET|POST) /admin', 'POST /admin', true],
    ['^a|^b', 'cb', false],
    ['a.c', 'a\nc', false],
    ['\\r\\n\\t\\0', 'x\r\n\t\0', true],
    ['ü+', 'grüün', true],
    ['[\\]\\-a]', ']', true],
    ['a{2,3}b', 'ab', false],
    ['a{2,3}b', 'aaaaab', true],
    ['x*y', 'zzy', true],
    ['(?:a|b)*c', 'ababc', true],
    ['\\.\\*', '.*', true],
    ['a|', 'b', true],
  ])('/%s/ in %j: %s', (regex, input, found) => {
    expect(
      find(
        [{ regex }],
        [...Buffer.from(input)].map((byte) => Buffer.from([byte])),
      ) >= 0,
    ).toBe(found)
  })

  it.each([
    ['a$', /"\$" is not supported/],
    ['(?=a)', /no look-around/],
    ['(?<x>a)', /no look-around/],
    ['\\1', /"\\1" is not supported/],
    ['\\b', /"\\b" is not supported/],
    ['(a', /missing/],
    ['a)', /too many/],
    ['*a', /nothing before/],
    ['[b-a]', /lower byte/],
    ['[a', /ends too early/],
    ['[]', /matches nothing/],
    ['a{3,2}', /wrong way round/],
    ['a{1000}', /more than 255/],
    ['a^', /only at the beginning/],
    ['a|^b', /only at the beginning/],
    ['((((a{200}){200}){200}){200})', /too large/],
    ['\\x4', /two hex digits/],
    [`${'('.repeat(200)}a`, /groups in each other/],
  ])('/%s/ is refused with the reason', (regex, message) => {
    expect(() => automatonOf([{ regex }], false)).toThrow(message)
  })

  it('take linear time for patterns and inputs that take JavaScript’s for ever', () => {
    const input = Buffer.from(`${'a'.repeat(200_000)}!`)
    const startMs = performance.now()
    expect(find([{ regex: '(a+)+b' }, { regex: '(?:a|a)*c' }, { regex: '(?:a*)*d' }], [input])).toBe(-1)
    expect(performance.now() - startMs).toBeLessThan(2_000)
  })

  it('keep a bounded memory when each byte makes a new state', () => {
    // Its automaton without memory has 2^17 states.
    const source = new Random(5)
    const random = Buffer.from(Array.from({ length: 100_000 }, () => source.between(97, 98)))
    const startMs = performance.now()
    expect(find([{ regex: 'a[ab]{16}c' }], cut(random, [1000, 5000]))).toBe(-1)
    expect(performance.now() - startMs).toBeLessThan(5_000)
    expect(
      find([{ regex: 'a[ab]{16}c' }], [random, Buffer.from('a'), Buffer.from('abababababababab'), Buffer.from('c')]),
    ).toBe(0)
  })
})

describe('the options', () => {
  const problems = (options: object): string[] => {
    const parsed = optionsOf(matchInspector).safeParse(options)
    return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  }

  it.each([
    [{ patterns: [] }, 'patterns: write at least one pattern, such as { text: secret }'],
    [
      { patterns: [{ regex: 'a*' }] },
      'patterns: /a*/ is found everywhere, for it may be empty; write one that needs a byte',
    ],
    [{ patterns: [{ regex: '(a' }] }, 'patterns: /(a/: there is a ")" missing (at character 2)'],
    [{ patterns: [{ hex: 'abc' }] }, 'patterns.0.hex: write bytes in hex, such as "de ad be ef"'],
  ])('%j is refused', (options, problem) => {
    expect(problems(options)).toEqual([problem])
  })
})

describe.each(ENGINES)('builtin:match, engine $name', ({ open }) => {
  const engine = open()
  const inspect = [{ use: 'builtin:match', options: { patterns: [{ text: 's3cret' }, { regex: 'id=[0-9]{4}' }] } }]

  test('blocks what has a pattern, also over a boundary, in either direction', () =>
    withWorker(engine, { inspect }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const up = collect(upstream)
      client.socket.write('harmless s3c')
      await untilText(up, 'harmless s3c')
      client.socket.write('ret')
      expect(await within('the RST', upstream.receivedAll)).toBe('ECONNRESET')
      expect((await harness.line('blocked')).verdict).toBe('match: "s3cret" toUpstream')
      const other = await harness.connect()
      const down = collect(other.client)
      other.upstream.socket.write('id=12')
      await untilText(down, 'id=12')
      other.upstream.socket.write('345')
      expect(await within('the RST', other.client.receivedAll)).toBe('ECONNRESET')
    }))

  test('may only log it', () =>
    withWorker(
      engine,
      { inspect: [{ use: 'builtin:match', options: { patterns: [{ hex: '00 ff' }], action: 'log' } }] },
      async (harness) => {
        const { client, upstream } = await harness.connect()
        client.socket.end(Buffer.from([1, 0, 255, 2]))
        upstream.socket.end()
        expect(await within('the FIN', upstream.receivedAll)).toBe('FIN')
        expect((await harness.line('completed')).verdict).toBe('match: hex 00 ff toUpstream')
        expect(upstream.received).toBe(4)
      },
    ))
})
