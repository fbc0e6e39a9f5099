import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from './support/echo.ts'
import { lives, newDirectory, relayTo, writeConfig } from './support/proxy.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PM2 = join(ROOT, 'node_modules/pm2/bin/pm2')

let directory = ''

beforeEach(() => {
  directory = newDirectory()
})

afterEach(async () => {
  await endDaemon()
  await closeAll()
})

/** Runs pm2 in a directory, with a home of its own, so that its daemon is ours alone. */
const pm2In = async (cwd: string, config: string, ...args: string[]): Promise<string> => {
  const env = { ...process.env, PM2_HOME: join(directory, 'pm2'), COPYLOOP_CONFIG: config }
  const { stdout } = await promisify(execFile)(process.execPath, [PM2, ...args], { cwd, env })
  return stdout
}

const pm2 = (...args: string[]): Promise<string> => pm2In(ROOT, join(directory, 'copyloop.json'), ...args)

/** Ends what pm2 runs and then its daemon, also when the test failed in the middle. */
const endDaemon = async (): Promise<void> => {
  const daemon = Number(readFileSync(join(directory, 'pm2/pm2.pid'), 'utf8'))
  const apps = childrenOf(daemon)
  for (const pid of [daemon, ...apps]) process.kill(pid, 'SIGKILL')
  await until('the daemon has ended', () => ![daemon, ...apps].some(lives))
}

const primary = async (): Promise<{ pid: number; status: string; restarts: number; exitCode: number }> => {
  const list = await pm2('jlist')
  const [{ pid, pm2_env }] = JSON.parse(list.slice(list.indexOf('[{')))
  return { pid, status: pm2_env.status, restarts: pm2_env.restart_time, exitCode: pm2_env.exit_code }
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

const logged = (text: string): boolean =>
  readFileSync(join(directory, 'pm2/logs/copyloop-out.log'), 'utf8').includes(text)

const reloads = (): number =>
  readFileSync(join(directory, 'pm2/logs/copyloop-out.log'), 'utf8').split('SIGHUP: config reloaded; changed').length -
  1

test('pm2 starts it when it is ready, stops it by draining, and no process is left', async () => {
  const listen = `unix:${directory}/web.sock`
  const config = { ...relayTo(await echoServer()), listeners: [{ name: 'web', listen, upstream: 'app' }], workers: 2 }
  writeConfig(config, directory)
  await pm2('start', 'ecosystem.config.cjs')
  // Ready means served: the first client need not try twice.
  await visit(listen)
  const { pid, status } = await primary()
  expect(status).toBe('online')
  const workers = childrenOf(pid)
  expect(workers).toHaveLength(2)

  const socket = open(listen)
  await echo(socket, 'hello')
  const stopped = pm2('stop', 'copyloop')
  await until('it drains', () => logged("pm2's shutdown message: draining for at most 30 s"))
  await echo(socket, 'still here')
  socket.end()
  await stopped
  expect(logged('ended by themselves, 0 cut short')).toBe(true)
  expect([pid, ...workers].filter(lives)).toEqual([])
  expect(await primary()).toMatchObject({ status: 'stopped', restarts: 0 })
}, 60_000)

test('pm2 sendSignal SIGHUP reloads the config: the same processes go on, and no client is refused under load', async () => {
  const listen = `unix:${directory}/web.sock`
  const [one, other] = [await echoServer(), await echoServer()]
  const configTo = (server: string) => ({ ...relayTo(server), listeners: [{ name: 'web', listen, upstream: 'app' }] })
  writeConfig(configTo(one), directory)
  await pm2('start', 'ecosystem.config.cjs')
  const before = await primary()
  const workers = childrenOf(before.pid)
  let isOver = false
  const clients = Array.from({ length: 4 }, async () => {
    while (!isOver) await visit(listen)
  })
  for (const server of [other, one]) {
    writeConfig(configTo(server), directory)
    await pm2('sendSignal', 'SIGHUP', 'copyloop')
    await until('it is applied', () => reloads() === (server === other ? 1 : 2))
  }
  isOver = true
  await Promise.all(clients)
  expect([await primary(), childrenOf(before.pid)]).toEqual([before, workers])
  // A wrong config changes nothing either.
  writeConfig({ listeners: [], upstreams: [] }, directory)
  await pm2('sendSignal', 'SIGHUP', 'copyloop')
  await until('it is refused', () => logged('SIGHUP: the config is wrong, nothing has changed'))
  await visit(listen)
  expect(await primary()).toEqual(before)
}, 60_000)

test('pm2 does not start a wrong config again and again', async () => {
  writeConfig(relayTo('127.0.0.1:9'), directory)
  await pm2('start', 'ecosystem.config.cjs')
  writeConfig({ listeners: [], upstreams: [] }, directory)
  await pm2('restart', 'copyloop')
  await expect.poll(async () => (await primary()).exitCode, { timeout: 15_000 }).toBe(78)
  // pm2 would have waited 200 ms, and asking it takes longer.
  expect(await primary()).toMatchObject({ restarts: 1, pid: 0 })
}, 60_000)

test('a reload without a config that is there is refused in one sentence, and what runs goes on', async () => {
  const listen = `unix:${directory}/web.sock`
  writeConfig({ ...relayTo(await echoServer()), listeners: [{ name: 'web', listen, upstream: 'app' }] }, directory)
  await pm2('start', 'ecosystem.config.cjs')
  const before = await primary()
  for (const [config, sentence] of [
    // A shell without COPYLOOP_CONFIG.
    ['', /COPYLOOP_CONFIG must name the config file/],
    ['elsewhere.yaml', /this config cannot be served:\n.*elsewhere\.yaml/],
  ] as const) {
    const refused = await pm2In(ROOT, config, 'reload', 'ecosystem.config.cjs').catch((error) => error)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(sentence)
    expect(refused.stderr).not.toContain('    at ')
    await visit(listen)
    expect(await primary()).toEqual(before)
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
  await pm2In(project, 'etc/copyloop.json', 'start', 'node_modules/copyloop/ecosystem.config.cjs')
  expect((await primary()).status).toBe('online')
  await visit(`unix:${directory}/web.sock`)
  expect(readFileSync(join(project, 'etc/own.log'), 'utf8')).toContain('listening on unix:')
}, 60_000)

test('a drainTimeout that pm2 would cut short is said at the start', async () => {
  writeConfig({ ...relayTo('127.0.0.1:9'), drainTimeout: '1m' }, directory)
  await pm2('start', 'ecosystem.config.cjs')
  await until('it warns', () => logged('kill_timeout, 35000 ms'))
  expect(logged('set kill_timeout to 63000 or more, or lower drainTimeout')).toBe(true)
}, 60_000)

test('pm2’s cluster mode is refused with what to do, and not tried again', async () => {
  writeConfig(relayTo('127.0.0.1:1'), directory)
  const file = join(directory, 'cluster.config.cjs')
  const shipped = `const { apps: [app] } = require(${JSON.stringify(join(ROOT, 'ecosystem.config.cjs'))})`
  writeFileSync(file, `${shipped}\nmodule.exports = { apps: [{ ...app, exec_mode: 'cluster', wait_ready: false }] }`)
  await pm2('start', file)
  await expect.poll(async () => (await primary()).exitCode, { timeout: 15_000 }).toBe(78)
  expect(await primary()).toMatchObject({ restarts: 0 })
  const errors = readFileSync(join(directory, 'pm2/logs', 'copyloop-error.log'), 'utf8')
  expect(errors.trim().split('\n')).toEqual([expect.stringContaining("set exec_mode: 'fork' and instances: 1")])
}, 60_000)
