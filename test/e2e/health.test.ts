import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { canLimit, leaveDescriptors, restoreDescriptors } from '../support/limits.ts'
import type { Mood } from '../support/moody-server.ts'
import { until } from '../support/until.ts'
import { closeAll, endOf, open, visit } from './support/echo.ts'
import { runEditable } from './support/editable.ts'
import { endAll, newDirectory, run } from './support/proxy.ts'
import { closeServers, relayWith, serverThat, statsOf, untilChanges, untilState } from './support/servers.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await closeServers()
})

/** The servers live in the process of the test, which a busy machine may keep waiting. */
const QUICK = { interval: '50ms', timeout: '1s', rise: 2, fall: 3 }
const PING = { ...QUICK, send: 'PING\\r\\n', expect: 'PING\\r' }

test.each<[mood: Mood, how: string, health: object]>([
  ['refuse', 'connect', QUICK],
  ['reset', 'connect', QUICK],
  ['refuse', 'talk', PING],
  ['stall', 'talk', PING],
  ['reset', 'talk', PING],
])(
  'a server that begins to %s is down after `fall` checks that %s, gets no client, and is up again after `rise`',
  async (mood, _, health) => {
    const [good, moody] = [await serverThat('serve'), await serverThat('serve')]
    const copyloop = await run({ ...relayWith({ health, ejection: 'off' }, good, moody), workers: 2 })
    await untilState(copyloop, good, 'up')
    await untilState(copyloop, moody, 'up')

    await moody.become(mood)
    const down = statsOf(await untilState(copyloop, moody, 'down'), moody)
    expect(down.stateReason).toMatch(/^its check fails: /)
    expect(down.checks.failed).toBeGreaterThanOrEqual(3)
    expect(down.lastCheckMs).toEqual(expect.any(Number))
    for (let visits = 0; visits < 20; visits++) await visit(copyloop.address('web'))
    const after = statsOf(await copyloop.stats(), moody)
    expect([after.connectionsTotal, after.dialFailures]).toEqual([0, 0])

    await moody.become('serve')
    const up = statsOf(await untilState(copyloop, moody, 'up'), moody)
    expect(up.checks.passed).toBeGreaterThanOrEqual(3)
    expect(up.stateChanges).toEqual({ up: 2, down: 1 })
    await untilChanges(copyloop, moody, ['unchecked → up', 'up → down', 'down → up'])
    await untilChanges(copyloop, good, ['unchecked → up'])
    for (let visits = 0; visits < 20; visits++) await visit(copyloop.address('web'))
    // Each of the two workers takes turns of its own, and may begin them with either server.
    const { connectionsTotal } = statsOf(await copyloop.stats(), moody)
    expect(Math.abs(connectionsTotal - 10)).toBeLessThanOrEqual(1)
  },
  60_000,
)

test('a server that flaps every 200 ms stays what it was, and is said to change once', async () => {
  const [good, flapping] = [await serverThat('serve'), await serverThat('serve')]
  const copyloop = await run(relayWith({ health: { ...QUICK, interval: '150ms', fall: 4, rise: 4 } }, good, flapping))
  await untilState(copyloop, flapping, 'up')
  for (let flaps = 0; flaps < 10; flaps++) {
    await flapping.become(flaps % 2 === 0 ? 'refuse' : 'serve')
    await pause(200)
  }
  const { checks } = statsOf(await copyloop.stats(), flapping)
  expect(Math.min(checks.passed, checks.failed)).toBeGreaterThan(1)
  expect(statsOf(await copyloop.stats(), flapping).stateChanges).toEqual({ up: 1 })
  await untilChanges(copyloop, flapping, ['unchecked → up'])
}, 60_000)

test('before the first result a server is unchecked and gets clients, and the first result decides', async () => {
  const stalling = await serverThat('stall')
  const health = { ...PING, timeout: '2s' }
  const copyloop = await run(relayWith({ health }, stalling))
  const { state, stateReason, checks, lastCheckMs } = statsOf(await copyloop.stats(), stalling)
  expect({ state, stateReason, checks, lastCheckMs }).toEqual({
    state: 'unchecked',
    stateReason: 'no check yet',
    checks: { passed: 0, failed: 0 },
    lastCheckMs: null,
  })
  const before = stalling.accepted
  open(copyloop.address('web'))
  await until('the client reaches it', () => stalling.accepted > before)
  const { stateReason: reason, checks: first } = statsOf(await untilState(copyloop, stalling, 'down'), stalling)
  expect(reason).toBe('its check fails: no answer within 2000 ms')
  expect(first.failed).toBe(1)
  expect(await endOf(open(copyloop.address('web')))).toBe('ECONNRESET')
  expect((await copyloop.stats()).totals.outcomes).toMatchObject({ noServer: 1 })
}, 60_000)

test('a check holds no connection longer than its timeout, and no server is checked twice at a time', async () => {
  const stalling = await serverThat('stall')
  let most = 0
  stalling.onStall = () => {
    most = Math.max(most, stalling.living.size)
  }
  const copyloop = await run(relayWith({ health: { ...PING, timeout: '200ms' } }, stalling))
  await until('ten checks have ended', () => stalling.lives.length >= 10)
  // The end of one may be seen after the begin of the next; of four in a timeout, all would be seen.
  expect(most).toBeLessThan(3)
  // What is a little late is our own busy machine.
  expect(stalling.lives.toSorted((one, other) => one - other)[5]).toBeLessThan(300)
  expect(statsOf(await copyloop.stats(), stalling).lastCheckMs).toBeGreaterThanOrEqual(200)
}, 60_000)

test('servers are checked as they come and go, also while a check is under way', async () => {
  const [first, second] = [await serverThat('stall'), await serverThat('serve')]
  const copyloop = await runEditable(relayWith({ health: { ...PING, timeout: '5s' } }, first))
  await until('it is being checked', () => first.living.size === 1)
  const [host = '', port] = second.address.split(':')
  const server = { address: { kind: 'tcp', host, port: Number(port) }, weight: 1, tier: 0, state: 'unchecked' }
  await copyloop.edit('setServer', { upstream: 'app', name: second.address, server })
  await untilState(copyloop, second, 'up')
  await copyloop.edit('setServer', { upstream: 'app', name: first.address, server: undefined })
  await until('its check is given up', () => first.living.size === 0)
  expect(Object.keys((await copyloop.stats()).upstreams.app?.servers ?? {})).toEqual([second.address])
  const before = first.accepted
  const checks = statsOf(await copyloop.stats(), second).checks.passed
  await copyloop.untilStats('others go on', (stats) => statsOf(stats, second).checks.passed > checks + 3)
  expect(first.accepted).toBe(before)
}, 60_000)

test('a unix socket is checked, and told apart from one that is gone', async () => {
  const server = await serverThat('serve', join(newDirectory(), 'app.sock'))
  const copyloop = await run(relayWith({ health: PING }, server))
  await untilState(copyloop, server, 'up')
  await server.become('refuse')
  expect(statsOf(await untilState(copyloop, server, 'down'), server).stateReason).toContain('ENOENT')
}, 60_000)

const REDIS = '/usr/bin/redis-server'
const withoutRedis = !existsSync(REDIS)

test.skipIf(withoutRedis)(
  `a Redis is checked with PING and PONG, not by its port alone${withoutRedis ? ' (skipped: there is no redis-server)' : ''}`,
  async () => {
    const path = join(newDirectory(), 'redis.sock')
    const redis = spawn(REDIS, ['--port', '0', '--unixsocket', path, '--save', '', '--dir', newDirectory()])
    try {
      await until('Redis listens', () => existsSync(path))
      const server = { address: `unix:${path}` }
      const health = { ...QUICK, timeout: '2s', fall: 2, send: 'PING\\r\\n', expect: '+PONG\\r\\n' }
      const copyloop = await run(relayWith({ health }, server))
      await untilState(copyloop, server, 'up')
      // The kernel goes on accepting for it.
      redis.kill('SIGSTOP')
      expect(statsOf(await untilState(copyloop, server, 'down'), server).stateReason).toContain('no answer within')
      redis.kill('SIGCONT')
      await untilState(copyloop, server, 'up')
    } finally {
      redis.kill('SIGKILL')
      await once(redis, 'close')
    }
  },
  60_000,
)

test.skipIf(!canLimit())(
  `a primary without descriptors says nothing about servers${canLimit() ? '' : ' (skipped: there is no prlimit here)'}`,
  async () => {
    const server = await serverThat('serve')
    const copyloop = await run(relayWith({ health: { ...PING, interval: '20ms', fall: 1 } }, server))
    await untilState(copyloop, server, 'up')
    let before = -1
    // A check that is under way holds a descriptor, which is free after it.
    while (server.accepted !== before) {
      before = server.accepted
      leaveDescriptors(copyloop.pid, 0)
      await pause(200)
    }
    restoreDescriptors(copyloop.pid)
    await until('checks go on', () => server.accepted > before + 2)
    expect(statsOf(await copyloop.stats(), server)).toMatchObject({ checks: { failed: 0 }, stateChanges: { up: 1 } })
  },
  60_000,
)

test('a primary that stood still does not take its own silence for that of a server', async () => {
  const server = await serverThat('stall')
  // It takes its time, so that a check is under way most of the time.
  server.onStall = (socket) => socket.on('data', (piece) => setTimeout(() => socket.write(piece), 30))
  const health = { ...PING, interval: '20ms', timeout: '500ms', fall: 1 }
  const copyloop = await run(relayWith({ health }, server))
  await untilState(copyloop, server, 'up')
  for (let stops = 0; stops < 4; stops++) {
    copyloop.signal('SIGSTOP')
    await pause(800)
    copyloop.signal('SIGCONT')
    await pause(100)
  }
  expect(statsOf(await copyloop.stats(), server)).toMatchObject({ checks: { failed: 0 }, stateChanges: { up: 1 } })
}, 60_000)
