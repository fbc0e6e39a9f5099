import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { command } from './support/admin.ts'
import { closeAll, echo, echoServer, endOf, fate, open, visit } from './support/echo.ts'
import { type Copyloop, endAll, newDirectory } from './support/proxy.ts'
import { Reloading } from './support/reloading.ts'
import { closeServers, serverThat, statsOf, untilState } from './support/servers.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await closeServers()
})

const paths = (changes: readonly { readonly path: string }[] = []): string[] => changes.map(({ path }) => path)

const served = async (copyloop: Copyloop, listener = 'web') => {
  const socket = open(copyloop.address(listener))
  await echo(socket, 'hello')
  return socket
}

describe.each(['kernel', 'streams'])('engine %s', (engine) => {
  const withEngine = (config: object) => ({ engine, workers: 2, drainTimeout: '1s', ...config })

  test('listeners come and go: a new one serves, one that is gone refuses, and its connections have drainTimeout', async () => {
    const upstreams = [{ name: 'app', servers: [await echoServer()] }]
    const config = (name: string) =>
      // Long enough for what is done before the connection is ended, on a busy machine.
      withEngine({ drainTimeout: '5s', listeners: [{ name, listen: '127.0.0.1:0', upstream: 'app' }], upstreams })
    const reloading = await Reloading.run(config('web'))
    const { copyloop } = reloading
    const living = await served(copyloop)
    const gone = copyloop.address('web')

    const { status, body } = await reloading.to(config('api'))
    expect([status, body.applied, body.partial, paths(body.plan?.changes)]).toEqual([
      200,
      true,
      undefined,
      ['listeners[0]', 'listeners[0]'],
    ])
    expect(body.plan?.changes.map(({ change, connections }) => [change, connections])).toEqual([
      ['added', 0],
      ['removed', 1],
    ])
    await until('the new listener is in the log', () => copyloop.addresses('api').length === 1)
    await visit(copyloop.address('api'))
    await echo(living, 'still here')
    const ended = endOf(living)
    expect(await fate(open(gone))).toBe('ECONNREFUSED')
    expect(await ended).toBe('ECONNRESET')
    await until('its end is in the log', () => copyloop.log.some(({ outcome }) => outcome === 'drained'))
    const { reloads, listeners } = await copyloop.stats()
    expect([reloads, Object.keys(listeners)]).toEqual([{ applied: 1, refused: 0 }, ['api']])
  }, 60_000)

  test('a connection whose listener or server has come back is not ended', async () => {
    const [one, other] = [await serverThat('serve'), await serverThat('serve')]
    const listeners = [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }]
    const config = (...servers: readonly { readonly address: string }[]) =>
      withEngine({
        drainTimeout: '3s',
        listeners,
        upstreams: [{ name: 'app', servers: servers.map(({ address }) => address) }],
      })
    const reloading = await Reloading.run(config(one))
    const { copyloop } = reloading
    const living = await served(copyloop)
    await reloading.to(config(other))
    await visit(copyloop.address('web'))
    expect([one.accepted, other.accepted]).toEqual([1, 1])
    await reloading.to(config(other, one))
    await new Promise((resolve) => setTimeout(resolve, 3_500))
    await echo(living, 'still here')

    await reloading.to(config(other))
    expect(await endOf(living)).toBe('ECONNRESET')
    await until('its end is in the log', () => copyloop.log.some(({ outcome }) => outcome === 'drained'))
  }, 60_000)

  test('a listener with another name or more addresses keeps its socket: under load no client is refused or reset', async () => {
    const upstreams = [{ name: 'app', servers: [await echoServer()] }]
    const [address, further] = [await freeAddress(), await freeAddress()]
    const config = (name: string, ...listen: string[]) =>
      withEngine({ listeners: [{ name, listen, upstream: 'app' }], upstreams })
    const reloading = await Reloading.run(config('a', address))
    let isOver = false
    let visits = 0
    const clients = Array.from({ length: 8 }, async () => {
      for (; !isOver; visits++) await visit(address)
    })
    for (const [name, ...listen] of [
      ['b', address],
      ['b', address, further],
      ['c', further, address],
      ['a', address],
      // What was just taken away is back at once.
      ['a', further, address],
      ['a', address],
    ] as const) {
      const before = visits
      const { body } = await reloading.to(config(name, ...listen))
      expect(body.applied).toBe(true)
      for (const one of listen) await visit(one)
      await until('clients are served', () => visits > before + 20)
    }
    isOver = true
    await Promise.all(clients)
    expect(await fate(open(further))).toBe('ECONNREFUSED')
  }, 60_000)

  test('timeouts, limits and access lists follow, for living connections where that can be', async () => {
    const upstreams = [{ name: 'app', servers: [await echoServer()] }]
    const config = (keys: object) =>
      withEngine({ listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app', ...keys }], upstreams })
    const reloading = await Reloading.run(config({}))
    const { copyloop } = reloading
    const [living, idle] = [await served(copyloop), await served(copyloop)]
    const address = copyloop.address('web')

    const { body } = await reloading.to(config({ deny: ['127.0.0.0/8'], timeouts: { idle: '700ms' } }))
    expect(paths(body.plan?.changes)).toEqual(['listeners[0].timeouts.idle', 'listeners[0].deny'])
    expect(body.plan?.changes[0]).toMatchObject({ connections: 2, effect: 'at once, for living connections too' })
    expect(await fate(open(address))).toBe('ECONNRESET')
    const ended = endOf(idle)
    for (let pings = 0; pings < 5; pings++) {
      await echo(living, 'still here')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    expect(await ended).toBe('ECONNRESET')

    await reloading.to(config({ maxConnections: 1 }))
    expect(await fate(open(address))).toBe('ECONNRESET')
    living.destroy()
    await copyloop.untilStats('nobody is there', ({ totals }) => totals.connectionsActive === 0)
    await served(copyloop)
    await until('all ends are in the log', () => copyloop.log.filter(({ outcome }) => outcome).length >= 4)
    const outcomes = copyloop.log.flatMap(({ outcome }) => outcome ?? [])
    expect(outcomes.sort()).toEqual(['completed', 'denied', 'idleTimeout', 'overLimit'])
  }, 60_000)

  test('a server that stays keeps its check, its ejection, what was set by hand and its counts', async () => {
    const [checked, refusing, byHand] = [
      await serverThat('serve'),
      await serverThat('serve'),
      await serverThat('serve'),
    ]
    const config = (weight: number) =>
      withEngine({
        listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
        upstreams: [
          {
            name: 'app',
            servers: [checked, refusing, byHand].map(({ address }) => ({ address, weight })),
            ejection: { failures: 1, for: '1m', maxPercent: 100 },
          },
        ],
      })
    const reloading = await Reloading.run(config(1))
    const { copyloop } = reloading
    await copyloop.admin(`/upstreams/app/servers/${byHand.address}`, { method: 'PUT', body: '{"state":"drain"}' })
    await refusing.become('refuse')
    for (let visits = 0; visits < 4; visits++) await visit(copyloop.address('web'))
    await untilState(copyloop, refusing, 'ejected')
    const before = statsOf(await copyloop.stats(), checked).connectionsTotal

    await reloading.to(config(5))
    const stats = await copyloop.stats()
    expect([checked, refusing, byHand].map((server) => statsOf(stats, server))).toMatchObject([
      { state: 'unchecked', weight: 5, connectionsTotal: before },
      { state: 'ejected', weight: 5 },
      { state: 'draining', weight: 5, stateReason: 'set to drain by hand' },
    ])
  }, 60_000)

  test('an inspector whose file has changed is loaded anew, for connections that begin then', async () => {
    const directory = newDirectory()
    const write = (reason: string) =>
      writeFileSync(
        join(directory, 'block.mjs'),
        `import { block, defineInspector } from ${JSON.stringify(join(process.cwd(), 'dist/index.js'))}
         export default defineInspector({ name: 'block', chunk: () => block('${reason}') })`,
      )
    write('first')
    const config = withEngine({
      listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app', inspect: [{ use: './block.mjs' }] }],
      upstreams: [{ name: 'app', servers: [await echoServer()] }],
    })
    const reloading = await Reloading.run(config, directory)
    const { copyloop } = reloading
    expect(await fate(open(copyloop.address('web')))).toBe('ECONNRESET')
    write('second')
    const { body } = await reloading.ask()
    expect(paths(body.plan?.changes)).toEqual(['listeners[0].inspect[0].use'])
    // Loading takes a busy machine longer than the answer waits.
    await copyloop.untilStats('all workers follow', ({ stateVersion, workers }) =>
      workers.every((worker) => worker.stateVersion === stateVersion),
    )
    expect(await fate(open(copyloop.address('web')))).toBe('ECONNRESET')
    const verdicts = () => copyloop.log.flatMap(({ verdict }) => verdict ?? [])
    await until('both ends are in the log', () => verdicts().length === 2)
    expect(verdicts()).toEqual(['block: first', 'block: second'])

    writeFileSync(join(directory, 'block.mjs'), 'export default 7')
    const refused = await reloading.ask()
    expect([refused.status, refused.body.problems?.[0]]).toEqual([
      422,
      expect.objectContaining({ path: 'listeners[0].inspect[0].use', line: expect.any(Number) }),
    ])
    expect(await fate(open(copyloop.address('web')))).toBe('ECONNRESET')
    await until('it is still the second', () => verdicts().at(-1) === 'block: second' && verdicts().length === 3)
  }, 60_000)
})

/** Nobody listens there now. */
const freeAddress = async (): Promise<string> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${port}`
}

const config = async () => ({
  listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
  upstreams: [{ name: 'app', servers: [await echoServer()] }],
})

test('a wrong config changes nothing: every problem is said with its line, in the answer, the log and the command', async () => {
  const reloading = await Reloading.run(await config())
  const { copyloop } = reloading
  const before = await copyloop.stats()
  writeFileSync(
    join(reloading.directory, 'copyloop.json'),
    '{\n"listeners": [],\n"drainTimeout": 5,\n"upstreams": []\n}',
  )
  const { status, body } = await reloading.ask()
  expect([status, body.applied]).toEqual([422, false])
  expect(body.problems?.map(({ path, line }) => [path, line])).toEqual([
    ['listeners', 2],
    ['drainTimeout', 3],
  ])
  const ran = await command(['reload', '--admin', copyloop.adminAddress])
  expect([ran.code, ran.stdout]).toEqual([78, ''])
  expect(ran.stderr).toMatch(/copyloop\.json:2:14 listeners: .*\n.*copyloop\.json:3:17 drainTimeout: /)
  copyloop.signal('SIGHUP')
  await until('it is in the log', () => copyloop.logged('SIGHUP: the config is wrong, nothing has changed: '))
  const after = await copyloop.stats()
  expect([after.stateVersion, after.reloads]).toEqual([before.stateVersion, { applied: 0, refused: 3 }])
  const metrics = await (await copyloop.admin('/metrics')).text()
  expect(metrics).toContain('copyloop_reloads_total{result="refused"} 3')
  await visit(copyloop.address('web'))
}, 60_000)

test('an address that cannot be listened on is such a problem too, and no other socket stays open', async () => {
  const first = await config()
  const reloading = await Reloading.run(first)
  const listen = await echoServer()
  const { status, body } = await reloading.to({
    ...first,
    listeners: [
      { name: 'free', listen: '127.0.0.1:0', upstream: 'app' },
      { name: 'taken', listen, upstream: 'app' },
    ],
  })
  expect([status, body.problems]).toEqual([
    422,
    [expect.objectContaining({ path: 'listeners[1].listen', message: expect.stringContaining('in use by another') })],
  ])
  expect(reloading.copyloop.logged('"free"')).toBe(false)
  await visit(reloading.copyloop.address('web'))
}, 60_000)

test('SIGHUP applies the config in the workers that run, and the log has what has changed', async () => {
  const first = await config()
  const reloading = await Reloading.run(first)
  const { copyloop } = reloading
  const { workers } = await copyloop.stats()
  reloading.write({ ...first, drainTimeout: '7s', scheduling: 'normal' })
  copyloop.signal('SIGHUP')
  await until('it is in the log', () => copyloop.logged('SIGHUP: config reloaded; changed: drainTimeout'))
  await until('so is what is not', () => copyloop.logged('SIGHUP: scheduling stays as it is until'))
  await visit(copyloop.address('web'))
  expect((await copyloop.stats()).workers.map(({ pid }) => pid)).toEqual(workers.map(({ pid }) => pid))
}, 60_000)

test('the log follows: another file, and no access lines; a level that was set by hand stays until the file has another', async () => {
  const first = await config()
  const reloading = await Reloading.run(first)
  const { copyloop, directory } = reloading
  await copyloop.admin('/log/level', { method: 'PUT', body: '{"level":"debug"}' })
  const file = join(directory, 'access.log')
  const shown = async () => ((await (await copyloop.admin('/config')).json()) as { log: object }).log
  const { body } = await reloading.to({ ...first, log: { access: { file: 'access.log' } } })
  expect(paths(body.plan?.changes)).toEqual(['log.access.file'])
  await visit(copyloop.address('web'))
  await until('its line is in the file', () => readFileSync(file, 'utf8').includes('"outcome":"completed"'))
  await visit(copyloop.address('web'))
  expect(await shown()).toMatchObject({ level: 'info', access: { sample: 1, file } })

  await reloading.to({ ...first, log: { level: 'warn', access: false } })
  const lines = readFileSync(file, 'utf8')
  await visit(copyloop.address('web'))
  await copyloop.untilStats('it is counted', ({ totals }) => totals.outcomes.completed === 3)
  expect(readFileSync(file, 'utf8').startsWith(lines)).toBe(true)
  await until('both earlier lines are there', () => readFileSync(file, 'utf8').split('completed').length === 3)
}, 60_000)

test('a plan changes nothing; what needs a restart is told apart, by the plan and once more when it is applied', async () => {
  const first = await config()
  const reloading = await Reloading.run(first)
  const { copyloop } = reloading
  const [listener] = first.listeners
  const living = await served(copyloop)
  reloading.write({ ...first, workers: 3, listeners: [{ ...listener, timeouts: { idle: '1m' } }] })
  const { status, body } = await reloading.ask('?plan=true')
  expect([status, body]).toMatchObject([
    200,
    {
      applied: false,
      plan: {
        changes: [{ path: 'listeners[0].timeouts.idle', change: 'changed', from: '10m', to: '1m', connections: 1 }],
        needsRestart: [{ path: 'workers', from: 1, to: 3 }],
      },
    },
  ])
  const table = await command(['reload', '--plan', '--admin', copyloop.adminAddress])
  expect([table.code, table.stderr]).toEqual([0, ''])
  expect(table.stdout).toMatch(/listeners\[0\]\.timeouts\.idle \(web\) +10m +1m +1\n.*at once, for living/)
  const json = await command(['reload', '--plan', '--json', '--admin', copyloop.adminAddress])
  expect(JSON.parse(json.stdout)).toEqual(body)
  expect((await copyloop.stats()).reloads).toEqual({ applied: 0, refused: 0 })

  const ran = await command(['reload', '--admin', copyloop.adminAddress])
  expect([ran.code, ran.stderr]).toEqual([0, 'not before a restart: workers\n'])
  expect(ran.stdout).toMatch(/the config is applied \(version \d+ of the state\)\n$/)
  expect((await copyloop.stats()).workers).toHaveLength(1)
  const shown = (await (await copyloop.admin('/config')).json()) as { workers: number; listeners: object[] }
  expect([shown.workers, shown.listeners]).toMatchObject([1, [{ timeouts: { idle: '1m' } }]])
  expect((await reloading.ask()).body.plan).toMatchObject({ changes: [], needsRestart: [{ path: 'workers' }] })
  living.end()
  await once(living, 'close')
}, 60_000)

test('what started without a file is reloaded as it was', async () => {
  const { Copyloop: Program } = await import('./support/proxy.ts')
  const copyloop = await new Program([
    ...['run', '--listen', '127.0.0.1:0', '--to', await echoServer(), '--workers', '1', '--admin', '127.0.0.1:0'],
  ]).serving()
  const ran = await command(['reload', '--admin', copyloop.adminAddress])
  expect([ran.code, ran.stdout.split('\n')[0]]).toEqual([0, 'nothing changes'])
}, 60_000)
