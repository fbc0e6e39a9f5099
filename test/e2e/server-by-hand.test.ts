import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { never, until } from '../support/until.ts'
import { command } from './support/admin.ts'
import { closeAll, echo, endOf, open, visit } from './support/echo.ts'
import { runEditable } from './support/editable.ts'
import { type Copyloop, endAll, newDirectory, run } from './support/proxy.ts'
import { closeServers, relayWith, serverThat, statsOf, untilChanges, untilState } from './support/servers.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await closeServers()
})

const set = async (copyloop: Copyloop, server: { readonly address: string }, state: string) => {
  const path = `/upstreams/app/servers/${encodeURIComponent(server.address)}`
  return copyloop.admin(path, { method: 'PUT', body: JSON.stringify({ state }) })
}

/** Clients that are served, as many as given. */
const served = async (copyloop: Copyloop, count: number) => {
  const sockets = Array.from({ length: count }, () => open(copyloop.address('web')))
  await Promise.all(sockets.map((socket) => echo(socket, 'hello')))
  return sockets
}

describe.each(['kernel', 'streams'])('engine %s', (engine) => {
  test('a server that drains gets no new client and keeps those that it has, until it is ready again', async () => {
    const [one, other] = [await serverThat('serve'), await serverThat('serve')]
    const copyloop = await run({ ...relayWith({ onServerDown: 'close' }, one, other), engine, workers: 2 })
    const living = await served(copyloop, 8)
    const answer = await set(copyloop, one, 'drain')
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { upstream: 'app', server: one.address, state: 'draining', stateReason: 'set to drain by hand' },
    ])
    const total = statsOf(await untilState(copyloop, one, 'draining'), one).connectionsTotal
    for (let visits = 0; visits < 8; visits++) await visit(copyloop.address('web'))
    expect(statsOf(await copyloop.stats(), one)).toMatchObject({ connectionsTotal: total, connectionsActive: 4 })
    await Promise.all(living.map((socket) => echo(socket, 'still here')))

    await set(copyloop, one, 'ready')
    await untilState(copyloop, one, 'unchecked')
    for (let visits = 0; visits < 8; visits++) await visit(copyloop.address('web'))
    // Each of the two workers takes turns of its own, and may begin them with either server.
    const gained = statsOf(await copyloop.stats(), one).connectionsTotal - total
    expect(Math.abs(gained - 4)).toBeLessThanOrEqual(1)
    await untilChanges(copyloop, one, ['unchecked → draining', 'draining → unchecked'])
  }, 60_000)

  test('once it is answered that a server drains no worker dials it any more', async () => {
    const [one, other] = [await serverThat('serve'), await serverThat('serve')]
    const copyloop = await run({ ...relayWith({}, one, other), engine, workers: 2 })
    for (let round = 0; round < 5; round++) {
      await set(copyloop, one, 'drain')
      const { accepted } = one
      await Promise.all(Array.from({ length: 10 }, () => visit(copyloop.address('web'))))
      expect(one.accepted).toBe(accepted)
      await set(copyloop, one, 'ready')
    }
  }, 60_000)

  test('the connections of a server that is set to down live on with keep, and are reset on both sides with close', async () => {
    for (const onServerDown of ['keep', 'close']) {
      const [one, other] = [await serverThat('serve'), await serverThat('serve')]
      const copyloop = await run({ ...relayWith({ onServerDown }, one, other), engine, workers: 2 })
      const living = await served(copyloop, 8)
      const ends: string[] = []
      for (const socket of living) void endOf(socket).then((end) => ends.push(end))
      const atServers: string[] = []
      for (const socket of one.living) void endOf(socket).then((end) => atServers.push(end))
      await set(copyloop, one, 'down')
      const { connectionsActive } = statsOf(await untilState(copyloop, one, 'maintenance'), one)
      if (onServerDown === 'keep') {
        expect(connectionsActive).toBe(4)
        await Promise.all(living.map((socket) => echo(socket, 'still here')))
        continue
      }
      await until('four have ended', () => ends.length === 4 && atServers.length === 4)
      expect([new Set(ends), new Set(atServers)]).toEqual([new Set(['ECONNRESET']), new Set(['ECONNRESET'])])
      await Promise.all(living.filter(({ destroyed }) => !destroyed).map((socket) => echo(socket, 'still here')))
      const { totals } = await copyloop.untilStats('they are counted', (stats) => stats.totals.connectionsActive === 4)
      expect(totals.outcomes).toEqual({ serverDown: 4 })
      const lines = () => copyloop.log.filter(({ outcome }) => outcome === 'serverDown')
      await until('they are logged', () => lines().length === 4)
      expect(lines()[0]).toMatchObject({ server: one.address, endedBy: 'proxy', phase: 'relay' })
    }
  }, 60_000)

  test('many connections of a server whose check fails end within about a second, not in one moment', async () => {
    const server = await serverThat('serve')
    const health = { interval: '100ms', timeout: '2s', fall: 1, send: 'PING', expect: 'PING' }
    const copyloop = await run({ ...relayWith({ health, onServerDown: 'close' }, server), engine, workers: 1 })
    await untilState(copyloop, server, 'up')
    const living = await served(copyloop, 400)
    const times: number[] = []
    for (const socket of living) void endOf(socket).then(() => times.push(performance.now()))
    // Living connections stay as they are.
    server.stallNext()
    await until('all have ended', () => times.length === 400, 20_000)
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(500)
    const { totals } = await copyloop.untilStats('they are counted', (stats) => stats.totals.connectionsActive === 0)
    expect(totals.outcomes).toEqual({ serverDown: 400 })
  }, 60_000)
})

test('what is set by hand outlives the edits of others, and whatever checks find', async () => {
  const server = await serverThat('serve')
  const health = { interval: '50ms', timeout: '100ms' }
  const copyloop = await runEditable(relayWith({ health }, server))
  await untilState(copyloop, server, 'up')
  await set(copyloop, server, 'down')
  await untilState(copyloop, server, 'maintenance')
  const [host = '', port] = server.address.split(':')
  const written = { address: { kind: 'tcp', host, port: Number(port) }, weight: 7, state: 'unchecked' }
  await copyloop.edit('setUpstream', { name: 'app', servers: [[server.address, written]] })
  await copyloop.untilServed()
  const { checks, weight } = statsOf(await untilState(copyloop, server, 'maintenance'), server)
  expect(weight).toBe(7)
  await copyloop.untilStats('checks go on', (stats) => statsOf(stats, server).checks.passed > checks.passed + 3)
  expect(statsOf(await copyloop.stats(), server)).toMatchObject({ state: 'maintenance', weight: 7 })
  expect(await endOf(open(copyloop.address('web')))).toBe('ECONNRESET')
  await set(copyloop, server, 'ready')
  await untilState(copyloop, server, 'up')
}, 60_000)

test('a worker that is stopped makes the answer partial, and half a second late', async () => {
  const server = await serverThat('serve')
  const copyloop = await run({ ...relayWith({}, server), workers: 2 })
  const pid = (await copyloop.stats()).workers[0]?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  try {
    const began = performance.now()
    expect(await (await set(copyloop, server, 'drain')).json()).toMatchObject({ state: 'draining', partial: true })
    expect(performance.now() - began).toBeGreaterThan(495)
    const told = await command(['server', 'app', server.address, 'down', '--admin', copyloop.adminAddress])
    expect(told.stdout).toContain('set to down by hand (not every worker has followed yet)\n')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await untilState(copyloop, server, 'maintenance')
  expect(await (await set(copyloop, server, 'ready')).json()).not.toHaveProperty('partial')
}, 60_000)

test('the commands set a server by hand and show it, over a unix path too', async () => {
  const path = join(newDirectory(), 'app.sock')
  const [one, other] = [await serverThat('serve', path), await serverThat('serve')]
  const copyloop = await run(relayWith({ ejection: 'off' }, one, other))
  const here = ['--admin', copyloop.adminAddress]
  expect(await command(['server', 'app', one.address, 'down', ...here])).toEqual({
    code: 0,
    stdout: `server ${one.address} of upstream app is maintenance: set to down by hand\n`,
    stderr: '',
  })
  await untilState(copyloop, one, 'maintenance')

  const screen = await command(['status'], { COPYLOOP_ADMIN: copyloop.adminAddress })
  expect([screen.code, screen.stderr]).toEqual([0, ''])
  expect(screen.stdout).toMatch(/^copyloop \d\S*, up \d+s, engine \w+, state version \d+\n/)
  expect(screen.stdout).toMatch(/^web +0 +0 +0 B +0 B$/m)
  expect(screen.stdout).toMatch(/^unix:\S+app.sock +maintenance +1 +0 +0 +0 +-\n {2}set to down by hand$/m)
  expect(screen.stdout).toMatch(/^127\.0\.0\.1:\d+ +unchecked +1 +0 +0 +0 +-$/m)
  expect(screen.stdout).toMatch(/^1 +\d+ +serving +\w+ +0 +\d+ MB +\d+ ms$/m)
  const json = await command(['status', '--json', ...here])
  expect(JSON.parse(json.stdout)).toMatchObject({ upstreams: { app: { servers: { [one.address]: {} } } } })
  await never('it is in rotation', () => one.living.size > 0)
}, 60_000)

test('commands that cannot do what they are asked say why, and exit with 1 or 2', async () => {
  const server = await serverThat('serve')
  const copyloop = await run(relayWith({}, server))
  const here = ['--admin', copyloop.adminAddress]
  const wrong: [args: string[], code: number, stderr: string][] = [
    [['server', 'apq', server.address, 'down', ...here], 1, 'no upstream is named "apq"; there is: app'],
    [['server', 'app', 'x:1', 'down', ...here], 1, `upstream app has no server "x:1"; there is: ${server.address}`],
    [['server', 'app', server.address, 'up', ...here], 2, 'Allowed choices are ready, drain, down'],
    [['server', 'app', ...here], 2, "missing required argument 'server'"],
    [['status', '--admin', '127.0.0.1'], 2, '--admin: "127.0.0.1" has no port'],
    [['status', '--admin', 'unix:/nowhere.sock'], 1, 'nothing listens on unix:/nowhere.sock; is copyloop running'],
    [['status', '--admin', copyloop.address('web')], 1, "does not answer as copyloop's admin does"],
  ]
  for (const [args, code, stderr] of wrong) {
    expect(await command(args)).toEqual({ code, stdout: '', stderr: expect.stringContaining(stderr) })
  }
  expect(await command(['status'], { COPYLOOP_ADMIN: '9901' })).toMatchObject({ code: 2 })
}, 60_000)
