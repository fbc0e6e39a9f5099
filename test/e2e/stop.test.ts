import { once } from 'node:events'
import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { formatAddress } from '../../src/config/fields/address.ts'
import { openFullBacklog } from '../support/full-backlog.ts'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, endOf, open, visit } from './support/echo.ts'
import { Copyloop, endAll, lives, newDirectory, relayTo, run, writeConfig } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

/** What the drain came to, from the log. */
const drained = (copyloop: Copyloop) => copyloop.log.find(({ msg }) => msg.startsWith('drained:'))

/** Opens that many connections and waits until the primary knows of them. */
const opened = async (copyloop: Copyloop, count: number) => {
  const sockets = Array.from({ length: count }, () => open(copyloop.address('web')))
  await Promise.all(sockets.map((socket) => echo(socket, 'hello')))
  await copyloop.untilStats(`${count} active`, ({ totals }) => totals.connectionsActive === count)
  return sockets
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s stops an idle copyloop at once with exit code 0', async (signal) => {
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2 })
  const { workers } = await copyloop.stats()
  copyloop.signal(signal)
  expect(await copyloop.exited).toBe(0)
  expect(drained(copyloop)).toMatchObject({ endedByThemselves: 0, cutShort: 0 })
  expect(workers.filter(({ pid }) => lives(pid))).toEqual([])
  expect(copyloop.stderr).toBe('')
})

test('while it drains clients are refused, living connections go on, and the admin says so', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2 })
  const [first, second] = await opened(copyloop, 2)
  copyloop.signal('SIGTERM')
  await until('it drains', () => copyloop.logged('draining for at most 30 s'))
  const refused = open(copyloop.address('web'))
  expect(await endOf(refused)).toMatch(/ECONNREFUSED|ECONNRESET/)
  if (first) await echo(first, 'still here')
  const ready = await copyloop.admin('/readyz')
  expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reason: 'draining' }])
  const stats = await copyloop.stats()
  expect(stats.draining).toBe(true)
  expect(stats.workers.map(({ state }) => state)).toContain('draining')
  first?.end()
  second?.end()
  expect(await copyloop.exited).toBe(0)
  expect(drained(copyloop)).toMatchObject({ endedByThemselves: 2, cutShort: 0 })
})

test('the level of the log can be changed while it drains, in the workers too', async () => {
  const full = await openFullBacklog()
  const { listeners, upstreams } = relayTo(formatAddress(full.address))
  const copyloop = await run({
    listeners: listeners.map((each) => ({ ...each, timeouts: { connect: '3s' } })),
    upstreams,
  })
  const end = endOf(open(copyloop.address('web')))
  await copyloop.untilStats('it dials', ({ totals }) => totals.connectionsActive === 1)
  copyloop.signal('SIGTERM')
  await until('it drains', () => copyloop.logged('draining'))
  const headers = { 'content-type': 'application/json' }
  const answer = await copyloop.admin('/log/level', { method: 'PUT', headers, body: '{"level":"debug"}' })
  expect(answer.status).toBe(200)
  await end
  await copyloop.exited
  // Workers log each failure at the level `debug`; the primary sums them up.
  expect(copyloop.log.filter(({ msg, worker }) => msg === 'dial failed' && worker !== undefined)).toHaveLength(1)
  await full.close()
})

test('connections that outlive drainTimeout are cut short with a reset, and counted', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), drainTimeout: '300ms' })
  const [first, ...others] = await opened(copyloop, 3)
  const ends = others.map(endOf)
  copyloop.signal('SIGTERM')
  await until('it drains', () => copyloop.logged('draining'))
  first?.end()
  expect(await Promise.all(ends)).toEqual(['ECONNRESET', 'ECONNRESET'])
  expect(await copyloop.exited).toBe(0)
  expect(drained(copyloop)?.msg).toBe('drained: 1 connections ended by themselves, 2 cut short')
  expect(copyloop.log.filter(({ outcome }) => outcome === 'drained')).toHaveLength(2)
})

test('a second signal stops at once, with exit code 0 and no worker left', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 2 })
  const sockets = await opened(copyloop, 4)
  const ends = sockets.map(endOf)
  const { workers } = await copyloop.stats()
  copyloop.signal('SIGTERM')
  await until('it drains', () => copyloop.logged('draining'))
  expect(copyloop.logged('stopping at once')).toBe(false)
  copyloop.signal('SIGINT')
  expect(await copyloop.exited).toBe(0)
  expect(copyloop.log.filter(({ msg }) => msg.startsWith('SIGINT while draining: stopping at once'))).toHaveLength(1)
  expect(drained(copyloop)).toMatchObject({ endedByThemselves: 0, cutShort: 4 })
  expect(await Promise.all(ends)).toEqual(Array(4).fill('ECONNRESET'))
  expect(workers.filter(({ pid }) => lives(pid))).toEqual([])
})

test('a second signal ends also a worker that does not answer', async () => {
  const copyloop = await run(relayTo(await echoServer()))
  await opened(copyloop, 1)
  const [worker] = (await copyloop.stats()).workers
  process.kill(worker?.pid ?? 0, 'SIGSTOP')
  copyloop.signal('SIGTERM')
  await until('it drains', () => copyloop.logged('draining'))
  copyloop.signal('SIGTERM')
  expect(await copyloop.exited).toBe(0)
  expect(drained(copyloop)).toMatchObject({ cutShort: 1 })
})

test("a process manager's shutdown message drains, other messages do nothing", async () => {
  const copyloop = await run(relayTo(await echoServer()))
  copyloop.process.send({ type: 'axm:option:configuration' })
  copyloop.process.send('shut down')
  await visit(copyloop.address('web'))
  copyloop.process.send('shutdown')
  expect(await copyloop.exited).toBe(0)
  expect(copyloop.logged("pm2's shutdown message: draining")).toBe(true)
})

test('it says ready over IPC once, when every listener is served', async () => {
  const copyloop = new Copyloop(['run', '-c', writeConfig(relayTo(await echoServer()))])
  const [message] = await once(copyloop.process, 'message')
  expect(message).toBe('ready')
  await copyloop.serving()
  await visit(copyloop.address('web'))
})

test('a signal while the workers start stops it as well', async () => {
  const copyloop = new Copyloop(['run', '-c', writeConfig({ ...relayTo(), workers: 4 })])
  await until('it has begun', () => copyloop.hasExited || children(copyloop.pid).length > 0)
  copyloop.signal('SIGTERM')
  expect(await copyloop.exited).toBe(0)
  expect(copyloop.stderr).toBe('')
})

test('workers take no decision from signals', async () => {
  const copyloop = await run(relayTo(await echoServer()))
  const [worker] = (await copyloop.stats()).workers
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) process.kill(worker?.pid ?? 0, signal)
  await visit(copyloop.address('web'))
  expect((await copyloop.stats()).workers[0]?.pid).toBe(worker?.pid)
})

test('SIGUSR2 opens the log anew in every process, after it was renamed', async () => {
  const directory = newDirectory()
  const log = join(directory, 'log')
  const upstream = await echoServer()
  const listeners = [{ name: 'web', listen: `unix:${directory}/web.sock`, upstream: 'app' }]
  const file = writeConfig({ ...relayTo(upstream), listeners, log: { file: 'log' } }, directory)
  const copyloop = new Copyloop(['run', '-c', file])
  await once(copyloop.process, 'message')
  await visit(`unix:${directory}/web.sock`)
  await until('the connection is logged', () => readFileSync(log, 'utf8').includes('"outcome":"completed"'))
  renameSync(log, `${log}.1`)
  copyloop.signal('SIGUSR2')
  await until('the new file is there', () => contains(log, 'SIGUSR2'))
  await visit(`unix:${directory}/web.sock`)
  await until('the worker logs there', () => contains(log, '"outcome":"completed"'))
})

const contains = (file: string, text: string): boolean => {
  try {
    return readFileSync(file, 'utf8').includes(text)
  } catch {
    return false
  }
}

const children = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
