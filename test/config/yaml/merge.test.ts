import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import { problemsOf } from '../problems-of.ts'

const withSecond = (
  second: string,
  first = '&first { name: web, listen: ":80", upstream: app, timeouts: &t { idle: 1m, stall: 2m } }',
): string => `listeners:\n  - ${first}\n  - ${second}\nupstreams:\n  - { name: app, servers: [127.0.0.1:9000] }\n`

const secondOf = (second: string) => parseConfig(withSecond(second), 'c.yaml').listeners[1]

describe('a merge key', () => {
  it('gives a mapping the keys of another that it does not have, wherever it stands', () => {
    for (const text of ['{ <<: *first, name: b, listen: ":81" }', '{ name: b, listen: ":81", <<: *first }']) {
      expect(secondOf(text)).toMatchObject({
        name: 'b',
        listen: [{ port: 81 }],
        upstream: 'app',
        timeouts: { idleMs: 60_000, stallMs: 120_000 },
      })
    }
  })

  it('does not mix mappings below the key', () => {
    const second = secondOf('{ <<: *first, name: b, listen: ":81", timeouts: { idle: 5m } }')
    expect(second?.timeouts).toMatchObject({ idleMs: 300_000, stallMs: 60_000 })
    const mixed = secondOf('{ <<: *first, name: b, listen: ":81", timeouts: { <<: *t, idle: 5m } }')
    expect(mixed?.timeouts).toMatchObject({ idleMs: 300_000, stallMs: 120_000 })
  })

  it('takes several mappings, of which the first counts', () => {
    const second = secondOf('{ name: b, listen: ":81", upstream: app, timeouts: { <<: [{ idle: 3m }, *t] } }')
    expect(second?.timeouts).toMatchObject({ idleMs: 180_000, stallMs: 120_000 })
  })

  it('is a key like others in quotes, as JSON writes it', () => {
    expect(problemsOf(withSecond('{ "<<": *first, name: b, listen: ":81", upstream: app }'))).toEqual([
      expect.stringContaining('listeners[1]["<<"]: unknown key "<<"'),
    ])
  })

  it.each([
    ['{ <<: *t, name: b, listen: ":81", upstream: app }', 'listeners[1].idle: unknown key "idle"'],
    [
      '{ <<: 5, name: b, listen: ":81", upstream: app }',
      '3:7 listeners[1]["<<"]: << takes the keys of another mapping; write <<: *name, or a list',
    ],
    ['{ <<: [*t, 5], name: b, listen: ":81", upstream: app }', '<< takes the keys of another mapping'],
    [
      '&b { <<: *b, name: b, listen: ":81", upstream: app }',
      '3:10 listeners[1]["<<"]: this mapping merges itself; name another one',
    ],
    ['&b { name: b, listen: ":81", upstream: app, timeouts: { <<: *b } }', 'this mapping merges itself'],
    [
      '{ <<: *missing, name: b, listen: ":81", upstream: app }',
      '3:11 listeners[1]["<<"]: nothing above has the anchor &missing',
    ],
  ])('that is wrong is refused with its line: %s', (second, expected) => {
    expect(problemsOf(withSecond(second))).toContainEqual(expect.stringContaining(expected))
  })

  it('of merged mappings without end is refused', () => {
    const lines = ['a0: &a0 { x: 1, y: 2 }']
    for (let level = 1; level < 45; level++)
      lines.push(`a${level}: &a${level} { l: { <<: *a${level - 1} }, r: { <<: *a${level - 1} } }`)
    expect(problemsOf(lines.join('\n'))).toEqual([
      'c.yaml:1:1: its aliases expand to too many values; write the values out',
    ])
  })
})
