import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from './support/echo.ts'
import { lives, newDirectory, relayTo, writeConfig } from './support/proxy.ts'

const require = createRequire(import.meta.url)
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

/** Runs pm2 with a home of its own, so that its daemon is ours alone. */
const pm2 = async (...args: string[]): Promise<string> => {
  const environment = {
    ...process.env,
    PM2_HOME: join(directory, 'pm2'),
    COPYLOOP_CONFIG: join(directory, 'copyloop.json'),
  }
  const { stdout } = await promisify(execFile)(process.execPath, [PM2, ...args], { cwd: ROOT, env: environment })
  return stdout
}

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

test('pm2 does not start a wrong config again and again', async () => {
  writeConfig({ listeners: [], upstreams: [] }, directory)
  await pm2('start', 'ecosystem.config.cjs')
  await expect.poll(async () => (await primary()).exitCode, { timeout: 15_000 }).toBe(78)
  // pm2 would have waited 200 ms, and asking it takes longer.
  expect(await primary()).toMatchObject({ restarts: 0, pid: 0 })
}, 60_000)

test('pm2’s cluster mode is refused with what to do, and not tried again', async () => {
  writeConfig(relayTo('127.0.0.1:1'), directory)
  const file = join(directory, 'cluster.config.cjs')
  const app = { ...require(join(ROOT, 'ecosystem.config.cjs')).apps[0], exec_mode: 'cluster', instances: 1, cwd: ROOT }
  writeFileSync(file, `module.exports = { apps: [${JSON.stringify({ ...app, wait_ready: false })}] }`)
  await pm2('start', file)
  await expect.poll(async () => (await primary()).exitCode, { timeout: 15_000 }).toBe(78)
  expect(await primary()).toMatchObject({ restarts: 0 })
  const errors = readFileSync(join(directory, 'pm2/logs', `${app.name}-error.log`), 'utf8')
  expect(errors.trim().split('\n')).toEqual([expect.stringContaining("set exec_mode: 'fork' and instances: 1")])
}, 60_000)
