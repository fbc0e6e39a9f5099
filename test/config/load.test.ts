import { chmodSync, closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { configFile, configFromFlags, configFromObject, loadConfig, type RunFlags } from '../../src/config/load.ts'
import { ConfigError } from '../../src/config/problems/problem.ts'
import { oneOf } from '../../src/config/problems/show.ts'
import { ENGINES } from '../../src/config/schema.ts'
import { makeFifo } from '../support/fifo.ts'
import { good, withTop } from './problems-of.ts'

const directory = mkdtempSync(join(tmpdir(), 'copyloop-config-'))
afterAll(() => rmSync(directory, { recursive: true }))

const written = (name: string, content: string | Buffer): string => {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

const errorOf = (attempt: () => unknown): string => {
  try {
    attempt()
    return 'no error'
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

describe('a config file', () => {
  it('that is not there is said to be missing', () => {
    const path = join(directory, 'missing.yaml')
    expect(errorOf(() => loadConfig(path))).toBe(`${path}: there is no such file; name one that exists`)
  })

  it('that is a directory is said to be one', () => {
    expect(errorOf(() => loadConfig(directory))).toBe(`${directory}: this is a directory; name a file in it`)
  })

  const isRoot = process.getuid?.() === 0
  it.skipIf(isRoot)(
    `that may not be read is said to be so${isRoot ? ' (skipped: root may read every file)' : ''}`,
    () => {
      const path = written('secret.yaml', good)
      chmodSync(path, 0)
      expect(errorOf(() => loadConfig(path))).toBe(`${path}: this file may not be read; give this user the permission`)
    },
  )

  it('of more than 1 MiB, or without an end, is refused', () => {
    const path = written('huge.yaml', `${good}#${'x'.repeat(1024 * 1024)}`)
    expect(errorOf(() => loadConfig(path))).toBe(`${path}: this file is larger than 1 MiB; name a smaller one`)
    expect(errorOf(() => loadConfig('/dev/zero'))).toBe('/dev/zero: this file is larger than 1 MiB; name a smaller one')
  })

  it('that is not UTF-8 is refused', () => {
    const path = written('latin1.yaml', Buffer.from(`# M\u00fcnchen\n${good}`, 'latin1'))
    expect(errorOf(() => loadConfig(path))).toBe(`${path}: this file is not UTF-8 text; save it as UTF-8`)
  })

  it('that is a FIFO without a writer is refused, and one with a writer is read', async () => {
    const path = join(directory, 'config.fifo')
    makeFifo(path)
    expect(errorOf(() => loadConfig(path))).toBe(
      `${path}: nothing is written to this pipe; name a file, or start its writer`,
    )
    // What was written stays while the pipe has a reader.
    const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    writeFileSync(path, good)
    expect(loadConfig(path, {}, {}).listeners).toHaveLength(1)
    closeSync(reading)
  })

  it('may begin with a byte order mark', () => {
    expect(loadConfig(written('bom.yaml', `\ufeff${good}`), {}, {}).listeners).toHaveLength(1)
  })

  it('gets every problem said at once, in the order of its lines', () => {
    const text = withTop('workers: 0\nwrokers: 1').replace('upstream: app', 'upstream: ap')
    const path = written('wrong.yaml', text)
    expect(errorOf(() => loadConfig(path, { engine: 'x' }, {})).split('\n')).toEqual([
      `--engine: "x" is not valid here; write ${oneOf(['auto', ...ENGINES])}`,
      `${path}:4:15 listeners[0].upstream: no upstream is named "ap"; did you mean "app"?`,
      `${path}:9:10 workers: 0 is not valid here; write auto, or a whole number from 1 to 1024 without quotes`,
      `${path}:10:1 wrokers: unknown key "wrokers"; did you mean "workers"?`,
    ])
  })

  it('gives its problems with path, line and column for programs', () => {
    const path = written('typo.yaml', withTop('wrokers: 1'))
    expect(() => loadConfig(path, {}, {})).toThrow(
      expect.objectContaining({
        problems: [
          {
            source: path,
            path: 'wrokers',
            line: 9,
            column: 1,
            message: 'unknown key "wrokers"',
            hint: 'did you mean "workers"?',
          },
        ],
      }),
    )
  })
})

describe('precedence', () => {
  const path = written('precedence.yaml', withTop('workers: 2\nlog: { level: warn }'))

  it('puts a flag above the file', () => {
    const config = loadConfig(path, { workers: '4', engine: 'streams', admin: '127.0.0.1:0' }, {})
    expect(config).toMatchObject({ workers: 4, engine: 'streams', admin: { listen: { port: 0 } } })
    expect(loadConfig(path, { workers: 'auto', admin: 'off' }, {})).toMatchObject({ workers: 'auto', admin: 'off' })
    expect(loadConfig(path, {}, {}).workers).toBe(2)
  })

  it('puts COPYLOOP_LOG_LEVEL above the file, and an empty one nowhere', () => {
    expect(loadConfig(path, {}, { COPYLOOP_LOG_LEVEL: 'debug' }).log.level).toBe('debug')
    expect(loadConfig(path, {}, { COPYLOOP_LOG_LEVEL: '' }).log.level).toBe('warn')
    expect(errorOf(() => loadConfig(path, {}, { COPYLOOP_LOG_LEVEL: 'loud' }))).toBe(
      'COPYLOOP_LOG_LEVEL: "loud" is not valid here; write trace, debug, info, warn, error or fatal',
    )
  })

  it('puts the flag for the file above COPYLOOP_CONFIG', () => {
    expect(configFile('a.yaml', { COPYLOOP_CONFIG: 'b.yaml' })).toBe('a.yaml')
    expect(configFile(undefined, { COPYLOOP_CONFIG: 'b.yaml' })).toBe('b.yaml')
    expect(configFile(undefined, { COPYLOOP_CONFIG: '' })).toBeUndefined()
  })
})

describe('a config from flags', () => {
  it('has one listener and one upstream, both named default', () => {
    const config = configFromFlags({ listen: ':8080,unix:/run/a.sock', to: 'localhost:80, localhost:81' }, {})
    expect(config.listeners).toMatchObject([{ name: 'default', upstream: 'default', listen: [{}, {}] }])
    expect(config.upstreams).toMatchObject([{ name: 'default', servers: [{}, {}] }])
    expect(config.drainTimeoutMs).toBe(30_000)
  })

  it.each<[Partial<RunFlags>, string]>([
    [{ listen: '8080' }, '--listen: 8080 is only a port; write :8080 for every address, or 127.0.0.1:8080'],
    [{ to: '' }, '--to: "" is not an address; write host:port, such as 127.0.0.1:9000, or unix:/path'],
    [{ to: 'a:80,:81' }, '--to: ":81" has no host to connect to; write for instance 127.0.0.1:81'],
    [{ listen: ':9901' }, '--listen: ":9901" collides with admin.listen (127.0.0.1:9901); write another address'],
    [
      { workers: 'many' },
      '--workers: "many" is not valid here; write auto, or a whole number from 1 to 1024 without quotes',
    ],
    [
      { admin: '0.0.0.0:1' },
      '--admin: "0.0.0.0:1" can be reached by others, so the admin needs a token there; set admin.tokenFile, or write 127.0.0.1:1',
    ],
  ])('%j is refused under the name of the flag', (flags, expected) => {
    expect(errorOf(() => configFromFlags({ listen: ':8080', to: 'a:80', ...flags }, {}))).toBe(expected)
  })
})

describe('a config from a program', () => {
  it('is checked like a file, without lines', () => {
    const listeners = [{ name: 'web', listen: ':80', upstream: 'app', timeouts: { idle: 5 } }]
    expect(errorOf(() => configFromObject({ listeners, upstreams: [] })).split('\n')).toEqual([
      'config listeners[0].timeouts.idle: 5 has no unit; write 5ms, 5s, 5m or 5h',
      'config listeners[0].upstream: no upstream is named "app"; add it to upstreams',
    ])
  })
})
