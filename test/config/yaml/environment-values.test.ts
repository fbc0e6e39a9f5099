import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import { ConfigError, formatProblem } from '../../../src/config/problems/problem.ts'
import { withListen, withListener, withServers, withTop } from '../problems-of.ts'

const environment = {
  LISTEN: ':8081',
  SERVER: 'my_app:80',
  NUMBER: '3',
  FRACTION: '0.25',
  FALSE: 'false',
  OFF: 'off',
  EMPTY: '',
  WORD: 'abc',
  NAME: '80',
}

const problemsOf = (text: string, flags = {}): string[] => {
  try {
    parseConfig(text, 'c.yaml', flags, environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(formatProblem)
    throw error
  }
}
const read = (text: string) => parseConfig(text, 'c.yaml', {}, environment)

describe('a value of the environment', () => {
  it.each([
    [withListen(`\${LISTEN}`), { listeners: [{ listen: [{ host: '', port: 8081 }] }] }],
    [withListen(`["\${LISTEN}", :80]`), { listeners: [{ listen: [{ port: 8081 }, { port: 80 }] }] }],
    [withServers(`\n      - \${SERVER}`), { upstreams: [{ servers: [{ address: { host: 'my_app', port: 80 } }] }] }],
    [withTop(`workers: \${NUMBER}`), { workers: 3 }],
    [withTop(`admin: \${OFF}`), { admin: 'off' }],
    [withTop(`log: { access: "\${FALSE}" }`), { log: { access: false } }],
    [withTop(`log: { access: { sample: "\${FRACTION}" } }`), { log: { access: { sample: 0.25 } } }],
    [
      withListener(`timeouts: { idle: "\${OFF}" }`),
      { listeners: [{ timeouts: { idleMs: Number.POSITIVE_INFINITY } }] },
    ],
    [
      JSON.stringify({
        workers: `\${NUMBER}`,
        listeners: [{ name: `\${NAME}`, listen: `\${LISTEN}`, upstream: `\${WORD}` }],
        upstreams: [{ name: 'abc', servers: [] }],
      }),
      { workers: 3, listeners: [{ name: '80' }] },
    ],
    [
      withListener(`inspect: [{ use: ./a.js, options: { a: "\${NUMBER}", b: "x\${y}" } }]`),
      { listeners: [{ inspect: [{ options: { a: '3', b: `x\${y}` } }] }] },
    ],
  ])('is read as if it stood there: %j', (text, expected) => {
    expect(read(text)).toMatchObject(expected)
  })

  it.each([
    [
      withListen(`\${MISSING}`),
      '3:13 listeners[0].listen: the environment variable MISSING is unset or empty; set it, or write the value here',
    ],
    [
      withTop(`workers: \${EMPTY}`),
      '9:10 workers: the environment variable EMPTY is unset or empty; set it, or write the value here',
    ],
    [
      withListen(`127.0.0.1:\${NUMBER}`),
      `3:13 listeners[0].listen: "127.0.0.1:\${NUMBER}" mixes a variable with other text; write only \${NAME}, and put the whole value in NAME`,
    ],
    [
      withListen('$LISTEN'),
      `3:13 listeners[0].listen: "$LISTEN" mixes a variable with other text; write only \${NAME}, and put the whole value in NAME`,
    ],
    [
      withTop(`workers: \${NUMBER:-4}`),
      `9:10 workers: "\${NUMBER:-4}" mixes a variable with other text; write only \${NAME}, and put the whole value in NAME`,
    ],
    [
      withTop(`workers: \${WORD}`),
      `9:10 workers: "abc" is not valid here; write auto, or a whole number from 1 to 1024 without quotes; this is the value of \${WORD}`,
    ],
    [
      withListener(`timeouts: { idle: "\${NUMBER}" }`),
      `5:23 listeners[0].timeouts.idle: "3" has no unit; write 3ms, 3s, 3m or 3h; this is the value of \${NUMBER}`,
    ],
    [withListen(`[\${LISTEN}]`), `3:15: a variable between [ ] or { } needs quotes; write "\${LISTEN}"`],
  ])('that is not there, or wrong, is one problem with its line: %j', (text, expected) => {
    expect(problemsOf(text)).toEqual([`c.yaml:${expected}`])
  })

  it('is not needed where a flag stands above it', () => {
    expect(problemsOf(withTop(`workers: \${MISSING}`), { workers: '2' })).toEqual([])
  })
})
