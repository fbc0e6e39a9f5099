import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from './support/echo.ts'
import { childrenOf, Pm2, ROOT } from './support/pm2.ts'
import { lives, newDirectory, relayTo, writeConfig } from './support/proxy.ts'

let directory = ''
let pm2: Pm2

beforeEach(() => {
  directory = newDirectory()
  pm2 = new Pm2(directory)
})

afterEach(async () => {
  await pm2.end()
  await closeAll()
})

const reloads = (): number => pm2.file('logs/copyloop-out.log').split('SIGHUP: config reloaded; changed').length - 1

test('pm2 starts it when it is ready, stops it by draining, and no process is left', async () => {
  const listen = `unix:${directory}/web.sock`
  const config = { ...relayTo(await echoServer()), listeners: [{ name: 'web', listen, upstream: 'app' }], workers: 2 }
  writeConfig(config, directory)
  await pm2.run('start', 'ecosystem.config.cjs')
  // Ready means served: the first client need not try twice.
  await visit(listen)
  const { pid, status } = await pm2.app()
  expect(status).toBe('online')
  const workers = childrenOf(pid)
  expect(workers).toHaveLength(2)

  const socket = open(listen)
  await echo(socket, 'hello')
  const stopped = pm2.run('stop', 'copyloop')
  await until('it drains', () => pm2.logged("pm2's shutdown message: draining for at most 30 s"))
  await echo(socket, 'still here')
  socket.end()
  await stopped
  expect(pm2.logged('ended by themselves, 0 cut short')).toBe(true)
  expect([pid, ...workers].filter(lives)).toEqual([])
  expect(await pm2.app()).toMatchObject({ status: 'stopped', restarts: 0 })
}, 60_000)

test('pm2 sendSignal SIGHUP reloads the config: the same processes go on, and no client is refused under load', async () => {
  const listen = `unix:${directory}/web.sock`
  const [one, other] = [await echoServer(), await echoServer()]
  const configTo = (server: string) => ({ ...relayTo(server), listeners: [{ name: 'web', listen, upstream: 'app' }] })
  writeConfig(configTo(one), directory)
  await pm2.run('start', 'ecosystem.config.cjs')
  const before = await pm2.app()
  const workers = childrenOf(before.pid)
  let isOver = false
  const clients = Array.from({ length: 4 }, async () => {
    while (!isOver) await visit(listen)
  })
  for (const server of [other, one]) {
    writeConfig(configTo(server), directory)
    await pm2.run('sendSignal', 'SIGHUP', 'copyloop')
    await until('it is applied', () => reloads() === (server === other ? 1 : 2))
  }
  isOver = true
  await Promise.all(clients)
  expect([await pm2.app(), childrenOf(before.pid)]).toEqual([before, workers])
  // A wrong config changes nothing either.
  writeConfig({ listeners: [], upstreams: [] }, directory)
  await pm2.run('sendSignal', 'SIGHUP', 'copyloop')
  await until('it is refused', () => pm2.logged('SIGHUP: the config is wrong, nothing has changed'))
  await visit(listen)
  expect(await pm2.app()).toEqual(before)
}, 60_000)

test('a reload without a config that is there is refused in one sentence, and what runs goes on', async () => {
  const listen = `unix:${directory}/web.sock`
  writeConfig({ ...relayTo(await echoServer()), listeners: [{ name: 'web', listen, upstream: 'app' }] }, directory)
  await pm2.run('start', 'ecosystem.config.cjs')
  const before = await pm2.app()
  for (const [config, sentence] of [
    // A shell without COPYLOOP_CONFIG.
    ['', /COPYLOOP_CONFIG must name the config file/],
    ['elsewhere.yaml', /this config cannot be served:\n.*elsewhere\.yaml/],
  ] as const) {
    const refused = await pm2.runIn(ROOT, config, 'reload', 'ecosystem.config.cjs').catch((error) => error)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(sentence)
    expect(refused.stderr).not.toContain('    at ')
    await visit(listen)
    expect(await pm2.app()).toEqual(before)
  }
}, 60_000)

test('it is started from anywhere: paths are relative to the shell, then to the config', async () => {
  const project = join(directory, 'project')
  mkdirSync(join(project, 'etc'), { recursive: true })
  mkdirSync(join(project, 'node_modules'))
  // As npm links a directory; the file then knows itself by its real place.
  symlinkSync(ROOT, join(project, 'node_modules/copyloop'))
  const listeners = [{ name: 'web', listen: `unix:${directory}/web.sock`, upstream: 'app' }]
  writeConfig({ ...relayTo(await echoServer()), listeners, log: { file: 'own.log' } }, join(project, 'etc'))
  await pm2.runIn(project, 'etc/copyloop.json', 'start', 'node_modules/copyloop/ecosystem.config.cjs')
  expect((await pm2.app()).status).toBe('online')
  await visit(`unix:${directory}/web.sock`)
  expect(readFileSync(join(project, 'etc/own.log'), 'utf8')).toContain('listening on unix:')
}, 60_000)

test('a drainTimeout that pm2 would cut short is said at the start', async () => {
  writeConfig({ ...relayTo('127.0.0.1:9'), drainTimeout: '1m' }, directory)
  await pm2.run('start', 'ecosystem.config.cjs')
  await until('it warns', () => pm2.logged('kill_timeout, 35000 ms'))
  expect(pm2.logged('set kill_timeout to 63000 or more, or lower drainTimeout')).toBe(true)
}, 60_000)

test('pm2’s cluster mode is refused with what to do, and not tried again', async () => {
  writeConfig(relayTo('127.0.0.1:1'), directory)
  const file = join(directory, 'cluster.config.cjs')
  const shipped = `const { apps: [app] } = require(${JSON.stringify(join(ROOT, 'ecosystem.config.cjs'))})`
  writeFileSync(file, `${shipped}\nmodule.exports = { apps: [{ ...app, exec_mode: 'cluster', wait_ready: false }] }`)
  await pm2.run('start', file)
  await expect.poll(async () => (await pm2.app()).exitCode, { timeout: 15_000 }).toBe(78)
  expect(await pm2.app()).toMatchObject({ restarts: 0 })
  const errors = pm2.file('logs/copyloop-error.log')
  expect(errors.trim().split('\n')).toEqual([expect.stringContaining("set exec_mode: 'fork' and instances: 1")])
}, 60_000)
