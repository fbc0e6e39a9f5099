/** What `copyloop check` and `copyloop run` say about inspectors before anything is served. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { addInspector } from '../../src/commands/inspector.ts'
import { loadWithInspectors } from '../../src/commands/load-with-inspectors.ts'
import { ConfigError } from '../../src/config/problems/problem.ts'
import { closeAll, echoServer, open } from '../e2e/support/echo.ts'
import { Copyloop, endAll, relayTo, run, writeConfig } from '../e2e/support/proxy.ts'
import { until } from '../support/until.ts'

const directory = mkdtempSync(join(tmpdir(), 'copyloop-check-'))
// As if `npm install copyloop zod` had been run there.
for (const [name, file] of [
  ['copyloop', 'dist/index.js'],
  ['zod', 'node_modules/zod/index.js'],
] as const) {
  const folder = join(directory, 'node_modules', name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }))
  writeFileSync(join(folder, 'index.js'), `export * from ${JSON.stringify(resolve(file))}`)
}
writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')

afterAll(() => rmSync(directory, { recursive: true }))
afterEach(async () => {
  await endAll()
  await closeAll()
})

const module = (name: string, source: string): void => writeFileSync(join(directory, name), source)
module(
  'good.js',
  `import { z } from 'zod'; export default { name: 'good', options: z.strictObject({ depth: z.object({ n: z.number() }) }), chunk: () => ({ verdict: 'pass' }) }`,
)
module('syntax.js', 'this is no JavaScript')
module('throws.js', `throw new Error('at its top level')`)
module('missing.js', `import 'not-installed'`)
module('no-default.js', 'export const inspector = {}')
module('no-chunk.js', `export default { name: 'x' }`)
module('bad-name.js', `export default { name: '../x', chunk: () => {} }`)
module('exits.js', 'process.exit(5)')
module('throws-null.js', 'throw null')
module('throws-function.js', `throw Object.assign(new Error(), { message: () => {} })`)
module('throws-unspeakable.js', 'throw Object.create(null)')
module(
  'refuses-oddly.js',
  `export default { name: 'x', chunk: () => {}, options: { safeParse: () => { throw null } } }`,
)

const problemsOf = async (inspect: string): Promise<string[]> => {
  const file = join(directory, 'copyloop.yaml')
  writeFileSync(
    file,
    `listeners:
  - name: web
    listen: 127.0.0.1:0
    upstream: app
    inspect:
${inspect}
upstreams:
  - { name: app, servers: [127.0.0.1:9] }
`,
  )
  try {
    await loadWithInspectors(file)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`)
  }
}

describe('inspectors that cannot be used are problems of the config, with their line', () => {
  it.each([
    ['./nowhere.js', /^6:14 listeners\[0\]\.inspect\[0\]\.use: there is no such file: /],
    ['./syntax.js', /use: it does not load: /],
    ['./throws.js', /use: it does not load: at its top level$/],
    ['./missing.js', /use: it does not load: Cannot find package 'not-installed'/],
    ['./no-default.js', /use: its default export is no inspector: write `export default defineInspector/],
    ['./no-chunk.js', /use: its default export is no inspector: `chunk` must be a function$/],
    ['./bad-name.js', /`name` must be 1 to 64 letters/],
    ['./throws-null.js', /use: it does not load: it threw null$/],
    ['./throws-function.js', /use: it does not load: it threw Error: /],
    ['./throws-unspeakable.js', /use: it does not load: it threw \[Object: null prototype\] \{\}$/],
    ['./refuses-oddly.js', /use: it does not load: it threw null$/],
    ['./exits.js', /use: its thread ended while it was loaded/],
  ])('%s', async (use, problem) => {
    expect(await problemsOf(`      - use: ${use}`)).toEqual([expect.stringMatching(problem)])
  })

  it('options that the inspector refuses, each at its place', async () => {
    const inspect = `      - use: ./good.js
        options: { depth: { n: "5" }, other: 1 }
      - use: ./good.js
        options: { depth: { n: 5 } }
      - use: builtin:match
        options: { patterns: [{ regex: "(a" }] }`
    expect(await problemsOf(inspect)).toEqual([
      expect.stringMatching(
        /^7:32 listeners\[0\]\.inspect\[0\]\.options\.depth\.n: the inspector "good" refuses this: .*number/,
      ),
      expect.stringMatching(/^7:18 listeners\[0\]\.inspect\[0\]\.options: .*other/),
      expect.stringMatching(
        /^11:\d+ listeners\[0\]\.inspect\[2\]\.options\.patterns: the inspector "match" refuses this: \/\(a\/: /,
      ),
    ])
  })

  it('the one among others that ends the thread', async () => {
    const inspect = '      - use: builtin:protocol\n      - use: ./exits.js\n      - use: ./no-chunk.js'
    expect(await problemsOf(inspect)).toEqual([
      expect.stringMatching(/inspect\[1\]\.use: its thread ended/),
      expect.stringMatching(/inspect\[2\]\.use: its default export/),
    ])
  })

  it('all of them, where a file is missing too, and a log file that has no directory', async () => {
    const inspect = `      - use: ./nowhere.js
      - use: ./throws.js
      - use: ./good.js
        options: { depth: { n: "5" } }
      - use: ./elsewhere.js
log: { file: missing/directory/a.log }`
    expect(await problemsOf(inspect)).toEqual([
      expect.stringMatching(/^6:14 listeners\[0\]\.inspect\[0\]\.use: there is no such file/),
      expect.stringMatching(/^7:14 listeners\[0\]\.inspect\[1\]\.use: it does not load: at its top level$/),
      expect.stringMatching(/^9:32 listeners\[0\]\.inspect\[2\]\.options\.depth\.n: /),
      expect.stringMatching(/^10:14 listeners\[0\]\.inspect\[3\]\.use: there is no such file/),
      expect.stringMatching(
        /^11:14 log\.file: there is no directory .*\/missing\/directory; create it, or name a file elsewhere$/,
      ),
    ])
  })

  it('beside what is wrong elsewhere, and in other inspectors', async () => {
    const inspect = `      - use: ./nowhere.js
      - use: ./good.js
        timeout: soon
      - use: ./good.js
        options: { depth: { n: "5" } }
      - use: \${NOT_SET_ANYWHERE}
log: { file: missing/directory/a.log }
workers: 0`
    expect(await problemsOf(inspect)).toEqual([
      expect.stringMatching(/^6:14 listeners\[0\]\.inspect\[0\]\.use: there is no such file/),
      expect.stringMatching(/^8:18 listeners\[0\]\.inspect\[1\]\.timeout: /),
      expect.stringMatching(/^10:32 listeners\[0\]\.inspect\[2\]\.options\.depth\.n: /),
      expect.stringMatching(/^11:14 listeners\[0\]\.inspect\[3\]\.use: .*NOT_SET_ANYWHERE is unset/),
      expect.stringMatching(/^12:14 log\.file: there is no directory /),
      expect.stringMatching(/^13:10 workers: /),
    ])
  })

  it('beside a list of clients that cannot be read', async () => {
    expect(await problemsOf('      - use: ./nowhere.js\n    denyFile: nowhere.txt')).toEqual([
      expect.stringMatching(/^6:14 listeners\[0\]\.inspect\[0\]\.use: there is no such file/),
      expect.stringMatching(/^7:15 listeners\[0\]\.denyFile: /),
    ])
  })

  it('nothing, for the example', async () => {
    expect((await loadWithInspectors('examples/inspection.yaml')).config.listeners[0]?.inspect).toHaveLength(3)
  })

  it('nothing, if all are fine', async () => {
    expect(
      await problemsOf('      - use: builtin:protocol\n      - { use: ./good.js, options: { depth: { n: 1 } } }'),
    ).toEqual([])
  })
})

describe('copyloop inspector new', () => {
  it('writes an inspector that loads, and a test that passes, and never writes over a file', async () => {
    const create = (): Promise<unknown> => {
      const program = new Command('copyloop').exitOverride().configureOutput({ writeErr: () => {} })
      addInspector(program)
      return program.parseAsync(['inspector', 'new', 'no-secrets', '--directory', directory], { from: 'user' })
    }
    await create()
    expect(await problemsOf('      - use: ./no-secrets.js')).toEqual([])
    execFileSync(process.execPath, ['--test', join(directory, 'no-secrets.test.js')], { stdio: 'pipe', env: {} })
    await expect(create()).rejects.toThrow(/already exists/)
  })

  it('writes .mjs where .js is CommonJS, as in what `npm init` makes', async () => {
    const below = join(directory, 'below')
    mkdirSync(below)
    writeFileSync(join(below, 'package.json'), '{ "type": "commonjs" }')
    const program = new Command('copyloop').exitOverride().configureOutput({ writeErr: () => {} })
    addInspector(program)
    await program.parseAsync(['inspector', 'new', 'other', '--directory', join(below, 'inspectors')], { from: 'user' })
    expect(await problemsOf('      - use: ./below/inspectors/other.mjs')).toEqual([])
    execFileSync(process.execPath, ['--test', join(below, 'inspectors', 'other.test.mjs')], { stdio: 'pipe', env: {} })
  })
})

describe('a running copyloop', () => {
  it('shows what its inspectors do in /stats, and keeps the counts of workers that die', async () => {
    const { listeners, upstreams } = relayTo(await echoServer())
    const inspect = [{ use: 'builtin:protocol' }, { use: 'builtin:throttle', options: { toClient: '100MiB' } }]
    const copyloop = await run({ listeners: listeners.map((listener) => ({ ...listener, inspect })), upstreams })
    const socket = open(copyloop.address('web'))
    socket.write('GET / HTTP/1.1\r\n\r\n')
    const before = await copyloop.untilStats('the chunks', ({ listeners }) => {
      const { protocol, throttle } = listeners.web?.inspectors ?? {}
      return protocol?.verdicts.detach === 1 && throttle?.chunks === 2
    })
    expect(before.listeners.web?.inspectors?.protocol).toMatchObject({
      threads: 2,
      queueLength: 0,
      chunks: 1,
      bytes: 18,
    })
    process.kill(before.workers[0]?.pid ?? 0, 'SIGKILL')
    const after = await copyloop.untilStats(
      'another worker',
      ({ workers }) => workers[0]?.state === 'serving' && workers[0].pid !== before.workers[0]?.pid,
    )
    expect(after.listeners.web?.inspectors?.protocol).toMatchObject({ chunks: 1, bytes: 18 })
    expect(copyloop.log.some(({ protocol }) => protocol === 'http1')).toBe(false)
  })

  it('does not start with inspectors that it cannot use', async () => {
    const { listeners, upstreams } = relayTo('127.0.0.1:9')
    const inspect = [{ use: 'builtin:throttle' }]
    const file = writeConfig({ listeners: listeners.map((listener) => ({ ...listener, inspect })), upstreams })
    const copyloop = new Copyloop(['run', '-c', file])
    expect(await copyloop.exited).toBe(78)
    await until('its words', () => copyloop.stderr.includes('write the bytes a second'))
  })
})
