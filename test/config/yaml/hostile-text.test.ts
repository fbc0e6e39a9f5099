import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { configFromFlags, configFromObject } from '../../../src/config/load.ts'
import { ConfigError } from '../../../src/config/problems/problem.ts'
import { excessOf } from '../../../src/config/yaml/limits.ts'
import { good, problemsOf } from '../problems-of.ts'

const onlyConfigErrors = (attempt: () => unknown): void => {
  try {
    attempt()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
  }
}

const KEYS = ['workers', 'admin', 'listen', 'listeners', 'name', 'upstream', 'upstreams', 'servers', 'timeouts', 'idle']
const nearConfig = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue(),
    fc.constantFrom('off', ':80', '5s', 'a'),
    tie('map'),
    tie('list'),
  ),
  list: fc.array(tie('value'), { maxLength: 3 }),
  map: fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string()), tie('value'), { maxKeys: 5 }),
})).value

describe('whatever the text, nothing but a ConfigError is thrown', () => {
  it('for random text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void problemsOf(text)))
  })

  it('for random pieces of YAML', () => {
    const pieces = fc.array(
      fc.constantFrom(...'[]{}:,-?&*!|>\'"%#@\n\t ab0'.split(''), ': ', '- ', '\n  ', '<<', '...', '---'),
    )
    fc.assert(
      fc.property(pieces, (text) => void problemsOf(text.join(''))),
      { numRuns: 2000 },
    )
  })

  it('for a config with a piece cut out or put in', () => {
    const edits = fc.tuple(fc.nat(good.length), fc.nat(20), fc.string({ maxLength: 5 }))
    fc.assert(
      fc.property(edits, ([at, cut, put]) => void problemsOf(good.slice(0, at) + put + good.slice(at + cut))),
      { numRuns: 1000 },
    )
  })

  it('for values of any shape under the keys of a config, in YAML and from a program', () => {
    fc.assert(
      fc.property(nearConfig, (value) => {
        void problemsOf(stringify(value))
        onlyConfigErrors(() => configFromObject(value))
      }),
    )
  })

  it('for random flags', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (listen, to, workers) =>
        onlyConfigErrors(() => configFromFlags({ listen, to, workers }, {})),
      ),
    )
  })
})

describe('a text that would exhaust the process', () => {
  it.each(['[', '{', '- ', '? ', '- ? '])('is refused if it nests %j without end', (piece) => {
    expect(problemsOf(piece.repeat(100_000))).toEqual([
      expect.stringMatching(/^c\.yaml:1:\d+: this is nested more than 50 levels deep; flatten it$/),
    ])
  })

  it('is refused if it nests by indentation', () => {
    const text = Array.from({ length: 60 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')
    expect(problemsOf(text)).toEqual(['c.yaml:51:51: this is nested more than 50 levels deep; flatten it'])
  })

  it('is refused if its aliases multiply', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]']
    for (const [name, of] of ['ba', 'cb', 'dc', 'ed', 'fe'].map((pair) => pair.split('')))
      lines.push(`${name}: &${name} [${`*${of},`.repeat(9)}]`)
    expect(problemsOf(lines.join('\n'))).toEqual([
      'c.yaml:1:1: its aliases expand to too many values; write the values out',
    ])
  })

  it('is refused if it has very many aliases', () => {
    expect(problemsOf(`a: &a 1\nb: [${'*a,'.repeat(50_000)}]`)).toEqual([
      expect.stringMatching(/^c\.yaml:2:\d+: there are more than 100 aliases; write the values out$/),
    ])
  })

  // Each took seconds to minutes, a gigabyte, or ended in a RangeError.
  const MiB = 1024 * 1024
  it.each<[string, string, string]>([
    ['double quotes', '"'.repeat(MiB), 'this config is too large'],
    ['opening brackets', '['.repeat(MiB), 'this is nested more than 50 levels deep'],
    ['closing brackets', ']'.repeat(MiB), 'this config is too large'],
    ['commas in a list', `a: [${','.repeat(MiB - 4)}`, 'this config is too large'],
    ['anchors', '&a '.repeat(MiB / 3), 'this config is too large'],
    ['bad servers', `upstreams:\n- servers:\n${'  - a:x\n'.repeat(MiB / 8 - 4)}`, 'this config is too large'],
  ])('of 1 MiB is refused at once, in one message: %s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(expected)])
  })

  it('of one wrong line is refused in one message, however long it is', () => {
    expect(problemsOf('"'.repeat(100_000))).toEqual([
      'c.yaml:1:3: this is not expected here; remove it, or put the whole value in quotes',
    ])
  })

  it('of many wrong lines is refused by its first 20', () => {
    expect(problemsOf('- "\\q"\n'.repeat(10_000))).toHaveLength(20)
  })

  it('of 20,000 bad servers has each of them named', () => {
    const servers = '    - a:x\n'.repeat(20_000)
    expect(problemsOf(`listeners: []\nupstreams:\n  - name: a\n    servers:\n${servers}`)).toHaveLength(20_001)
  })

  it('of thousands of listeners without their upstream is not compared with all of hundreds', () => {
    const upstreams = Array.from({ length: 200 }, (_, index) => `- { name: ${'u'.repeat(55)}${index}, servers: [] }\n`)
    const listeners = Array.from(
      { length: 6000 },
      (_, index) => `- { name: n${index}, listen: ":0", upstream: ${'v'.repeat(55)}${index} }\n`,
    )
    expect(problemsOf(`upstreams:\n${upstreams.join('')}listeners:\n${listeners.join('')}`)).toHaveLength(6000)
  })

  it('is no text of 10,000 servers with weights', () => {
    expect(excessOf('- { address: "10.0.0.1:80", weight: 1 }\n'.repeat(10_000))).toBeUndefined()
  })

  it('is refused if it contains itself', () => {
    expect(problemsOf('listeners: &l [*l]\nupstreams: []')).toEqual([
      'c.yaml:1:16 listeners[0]: a list is not valid here; write a mapping of name, listen, upstream, timeouts, maxConnections, maxConnectionsPerClient, connectionRate, connectionRatePerClient, onLimit, allow, allowFile, deny, denyFile, acceptProxyProtocol, unix, inspect',
    ])
  })
})
