import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, type TestContext, test } from 'vitest'
import { newDirectory } from '../e2e/support/proxy.ts'
import { until } from '../support/until.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NOT_CLONED = new Set(['node_modules', 'dist', '.git'])

/** The registry, if npm could not reach it: then nothing here says anything about the package. */
const UNREACHABLE =
  /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH|HOSTUNREACH)|ENOTCACHED|ERR_SOCKET_TIMEOUT/

const run = (directory: string, command: string, ...args: string[]) => {
  // What npm tells this test of its own run is not for the npm that a user would call.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_)/.test(name)))
  const ran = spawnSync(command, args, { cwd: directory, encoding: 'utf8', env: { ...env, NO_COLOR: '1' } })
  return { ...ran, said: `${command} ${args.join(' ')}: ${ran.status}\n${ran.stdout}${ran.stderr}` }
}

/** As `git clone` leaves it: no packages, nothing built. */
const clone = (): string => {
  const directory = join(newDirectory(), 'copyloop')
  cpSync(ROOT, directory, { recursive: true, filter: (path) => !NOT_CLONED.has(relative(ROOT, path)) })
  return directory
}

const install = (what: string): { project: string; unreachable: boolean } => {
  const project = newDirectory()
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const installed = run(project, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', what)
  const unreachable = installed.status !== 0 && UNREACHABLE.test(installed.said)
  if (!unreachable) expect(installed.status, installed.said).toBe(0)
  return { project, unreachable }
}

const skipIf = (unreachable: boolean, context: TestContext): void => {
  if (unreachable) context.skip("npm's registry cannot be reached")
}

const groupLives = (group: number): boolean => {
  try {
    return process.kill(group, 0)
  } catch {
    return false
  }
}

const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((file) => join(directory, file))

describe('what npm packs of a fresh clone', () => {
  let project = ''
  let unreachable = false

  beforeAll(() => {
    const directory = clone()
    // As after `npm ci`, which other tests need not wait for.
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
    const packed = run(directory, 'npm', 'pack', '--loglevel=error')
    expect(packed.status, packed.said).toBe(0)
    ;({ project, unreachable } = install(join(directory, packed.stdout.trim().split('\n').at(-1) ?? '')))
  }, 180_000)

  test('runs the demo', async (context) => {
    skipIf(unreachable, context)
    // A group of its own, which is told to end as a terminal tells it.
    const demo = spawn('npx', ['copyloop', 'demo', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'], {
      cwd: project,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const group = -(demo.pid ?? 0)
    const exited = once(demo, 'exit')
    let said = ''
    demo.stdout.on('data', (text) => {
      said += text
    })
    try {
      await until('the demo says what to try', () => demo.exitCode !== null || said.includes('^C drains'))
      const address = /curl (?:\S+ )*?(http:\S+)/.exec(said)?.[1] ?? said
      expect(await (await fetch(address)).text()).toContain('Hello through copyloop!')
      const dashboard = /dashboard is on (http:\S+)/.exec(said)?.[1] ?? said
      for (const path of ['', 'assets/main.js', 'assets/styles/page.css', 'assets/uplot/uPlot.iife.min.js'])
        expect([path, (await fetch(dashboard + path)).status]).toEqual([path, 200])
    } finally {
      process.kill(group, 'SIGINT')
    }
    await exited
    await until('nothing of it is left', () => !groupLives(group))
  })

  test('compiles a program that has no types of Node, and checks the types that it ships', (context) => {
    skipIf(unreachable, context)
    const program = `import { type ConfigInput, defineConfig, defineInspector, pass, replace } from 'copyloop'
import { z } from 'zod'
const upstreams = [{ name: 'app', servers: ['127.0.0.1:9000'] }]
export const config = defineConfig({ listeners: [{ name: 'web', listen: ':8080', upstream: 'app' }], upstreams })
export const input: ConfigInput = { listeners: [], upstreams }
// @ts-expect-error there is no such key
defineConfig({ listeners: [], upstreams, listner: [] })
export default defineInspector({
  name: 'upper',
  options: z.object({ loud: z.boolean() }),
  open: (connection, { loud }) => ({ loud, id: connection.id }),
  chunk: ({ loud }, bytes, direction) => (loud && direction === 'toClient' ? replace(bytes.slice()) : pass),
  close: (state, { outcome }) => void [state.id, outcome],
})
`
    writeFileSync(join(project, 'program.ts'), program)
    const options = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', '']
    const compiled = run(project, resolve(ROOT, 'node_modules/.bin/tsc'), ...options, 'program.ts')
    expect(compiled.status, compiled.said).toBe(0)
  })

  test('has whatever its pages and source maps lead to', (context) => {
    skipIf(unreachable, context)
    const installed = join(project, 'node_modules/copyloop')
    const links = run(installed, process.execPath, join(ROOT, 'scripts/check-links.mjs'))
    expect(links.status, links.said).toBe(0)
    const maps = filesIn(join(installed, 'dist')).filter((file) => file.endsWith('.map'))
    expect(maps).not.toHaveLength(0)
    for (const map of maps) {
      for (const source of JSON.parse(readFileSync(map, 'utf8')).sources) {
        expect(existsSync(resolve(dirname(map), source)), `${source} of ${map}`).toBe(true)
      }
    }
  })

  test('has its file for pm2, which knows where the program is', (context) => {
    skipIf(unreachable, context)
    mkdirSync(join(project, 'etc'), { recursive: true })
    cpSync(join(ROOT, 'examples/minimal.yaml'), join(project, 'etc/copyloop.yaml'))
    const code = `const [app] = require('copyloop/ecosystem.config.cjs').apps; console.log(app.script, app.args[2], app.cwd)`
    const loaded = run(
      project,
      'env',
      'COPYLOOP_CONFIG=etc/copyloop.yaml',
      process.execPath,
      '--input-type=commonjs',
      '--eval',
      code.replace("'copyloop/", "'./node_modules/copyloop/"),
    )
    expect(loaded.stdout.trim(), loaded.said).toBe(
      `${project}/node_modules/copyloop/dist/cli.js ${project}/etc/copyloop.yaml ${project}/etc`,
    )
  })
})

test('a git URL installs what runs', (context) => {
  const directory = clone()
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false']
  for (const args of [
    ['init', '-q'],
    ['add', '-A'],
    [...author, 'commit', '-q', '-m', 'as it is'],
  ]) {
    const ran = run(directory, 'git', ...args)
    expect(ran.status, ran.said).toBe(0)
  }
  const { project, unreachable } = install(`git+file://${directory}`)
  skipIf(unreachable, context)
  const { stdout, said } = run(project, 'npx', 'copyloop', '--version')
  expect(stdout.trim(), said).toBe(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version)
  rmSync(directory, { recursive: true })
}, 300_000)
