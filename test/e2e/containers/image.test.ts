/** The Dockerfile: its steps in a clean directory, and what it makes run as a container would. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildStages, execForm, filesBelow, lastOf, readStages } from '../../support/dockerfile.ts'
import { inImage, whyNoImage } from '../../support/image.ts'
import { until } from '../../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from '../support/echo.ts'
import { Copyloop, endAll, lives, newDirectory, relayTo, writeConfig } from '../support/proxy.ts'

const stages = readStages('Dockerfile')
const [build, image] = stages
if (build === undefined || image === undefined || stages.length !== 2) throw new Error('two stages are expected')

const UNREACHABLE = /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT)|ENOTCACHED|ERR_SOCKET_TIMEOUT/

const directory = mkdtempSync(join(tmpdir(), 'copyloop-image-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
afterEach(async () => {
  await endAll()
  await closeAll()
})

let root = ''
let unreachable = false

beforeAll(() => {
  // What npm tells this test of its own run is not for that of the image.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_)/.test(name)))
  try {
    root = buildStages(stages, process.cwd(), directory, (step, cwd) => {
      const ran = spawnSync('sh', ['-c', step], {
        cwd,
        encoding: 'utf8',
        env: { ...env, npm_config_prefer_offline: 'true' },
      })
      if (ran.status !== 0) throw new Error(`${step}: ${ran.stdout}${ran.stderr}`)
    })
  } catch (error) {
    unreachable = UNREACHABLE.test((error as Error).message)
    if (!unreachable) throw error
  }
}, 300_000)

const [user, group] = lastOf(image, 'USER').split(':').map(Number)
const program = execForm(lastOf(image, 'ENTRYPOINT'))

describe('the image', () => {
  test('is of a base without a shell, belongs to no root, and stops at SIGTERM', () => {
    expect(image.from).toMatch(/^gcr\.io\/distroless\/nodejs\d+-debian\d+:nonroot$/)
    expect(build.from).toMatch(/^node:\d+-bookworm-slim$/)
    const major = (from: string) => /(?:nodejs|node:)(\d+)/.exec(from)?.[1]
    expect(major(image.from)).toBe(major(build.from))
    expect(user).toBeGreaterThan(0)
    expect(group).toBeGreaterThan(0)
    expect(lastOf(image, 'STOPSIGNAL')).toBe('SIGTERM')
  })

  test('has what the package needs to run, and nothing else of the sources', (context) => {
    context.skip(unreachable, "npm's registry cannot be reached")
    const files = filesBelow(root).filter(
      (file) => !file.startsWith('node_modules/') || file.startsWith('node_modules/copyloop/'),
    )
    expect(files).toContain(program[1]?.slice(1))
    expect(files.filter((file) => /\.ts$/.test(file) && !file.endsWith('.d.ts'))).toEqual([])
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
    const packages = new Set(
      filesBelow(join(root, 'node_modules')).flatMap((file) => /^(?:@[^/]+\/)?[^/]+$/.exec(file) ?? []),
    )
    expect(Object.keys(dependencies).filter((name) => !packages.has(name))).toEqual([])
    expect(Object.keys(devDependencies).filter((name) => packages.has(name))).toEqual([])
  })
})

const config = (server: string) => ({ ...relayTo(server), workers: 2, drainTimeout: '5s' })

/** As root a bind mount keeps the owner of its files; they belong to others in the container. */
const configDirectory = (content: object): string => {
  const mounted = newDirectory()
  chmodSync(mounted, 0o755)
  chmodSync(writeConfig(content, mounted), 0o644)
  cpSync(join(mounted, 'copyloop.json'), join(mounted, 'copyloop.yaml'))
  return mounted
}

const why = whyNoImage(mkdtempSync(join(directory, 'try-')))

/** The process that is PID 1 inside, as the container engine sees it. */
const childOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0] || 0)

const start = async (content: object, args = execForm(lastOf(image, 'CMD'))) => {
  const mounts = { '/etc/copyloop': configDirectory(content) }
  const shell = `exec ${inImage(root, user ?? 0, mounts)} ${program.join(' ')} "$@"; false`
  // Copyloop gives the shell Node and a program, which the image has of its own.
  const copyloop = new Copyloop(args, {}, process.cwd(), `shift && ${shell}`)
  await copyloop.serving()
  return copyloop
}

describe(`as PID 1, read-only, without capabilities and as a user who is nobody, copyloop${why}`, () => {
  test('serves, is healthy, and drains when it is told to stop', async (context) => {
    context.skip(why !== '' || unreachable, why || "npm's registry cannot be reached")
    const copyloop = await start(config(await echoServer()))
    await visit(copyloop.address('web'))
    const pid = childOf(copyloop.pid)
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    expect(/^NSpid:\s+\d+\s+(\d+)$/m.exec(status)?.[1]).toBe('1')
    expect(/^CapEff:\s+0*$/m.test(status)).toBe(true)
    const { workers } = await copyloop.stats()
    expect(workers).toHaveLength(2)
    expect(new Set(workers.map(({ engine }) => engine))).toEqual(new Set(['kernel']))
    // What cannot be written is nothing that it misses.
    expect(copyloop.log.filter(({ level }) => level >= 40).map(({ msg }) => msg)).toEqual([])
    expect((await copyloop.admin('/')).status).toBe(200)

    const [node = '', ...check] = execForm(lastOf(image, 'HEALTHCHECK'))
    expect(node).toBe(program[0])
    const healthy = () =>
      spawnSync(
        process.execPath,
        check.map((word) => word.replace('127.0.0.1:9901', copyloop.adminAddress)),
      ).status
    expect(healthy()).toBe(0)

    const client = open(copyloop.address('web'))
    await echo(client, 'living')
    process.kill(pid, 'SIGTERM')
    await until('it drains', () => copyloop.logged('draining'))
    expect(healthy()).toBe(1)
    await echo(client, 'still there')
    client.end()
    expect(await copyloop.exited).toBe(0)
    await until('nothing of it is left', () => !lives(pid))
  })

  test('replaces a worker that dies: PID 1 does not take itself for its orphan', async (context) => {
    context.skip(why !== '' || unreachable, why || "npm's registry cannot be reached")
    const copyloop = await start(config(await echoServer()))
    const primary = childOf(copyloop.pid)
    process.kill(childOf(primary), 'SIGKILL')
    await until('it is logged', () => copyloop.logged('SIGKILL'))
    await copyloop.untilStats(
      'two serve',
      ({ workers }) => workers.filter(({ state }) => state === 'serving').length === 2,
    )
    await visit(copyloop.address('web'))
    process.kill(primary, 'SIGTERM')
    expect(await copyloop.exited).toBe(0)
  })

  test('finds for an inspector that is mounted what that imports', async (context) => {
    context.skip(why !== '' || unreachable, why || "npm's registry cannot be reached")
    const server = await echoServer()
    const content = config(server)
    const [listener] = content.listeners
    const mounted = configDirectory({
      ...content,
      listeners: [{ ...listener, inspect: [{ use: './no-secrets.js', options: { word: 'secret' } }] }],
    })
    cpSync('examples/no-secrets.js', join(mounted, 'no-secrets.js'))
    writeFileSync(join(mounted, 'package.json'), '{"type":"module"}')
    mkdirSync(join(root, 'etc/copyloop'), { recursive: true })
    const words = `${inImage(root, user ?? 0, { '/etc/copyloop': mounted })} ${program.join(' ')} check -c /etc/copyloop/copyloop.yaml`
    const { status, stderr } = spawnSync('sh', ['-c', words], { encoding: 'utf8' })
    expect({ status, stderr: stderr.replace(/^Warning: Ignoring extra certs.*\n/gm, '') }).toEqual({
      status: 0,
      stderr: '',
    })
  })
})
