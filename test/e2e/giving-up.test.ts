import { existsSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from './support/echo.ts'
import { inWorkers } from './support/preload.ts'
import { Copyloop, endAll, newDirectory, relayTo, run, writeConfig } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

test('workers that die before they serve end the start after three of them', async () => {
  const copyloop = new Copyloop(['run', '-c', writeConfig(relayTo())], inWorkers('process.exit(7)'))
  expect(await copyloop.exited).toBe(1)
  expect(copyloop.stderr).toBe(
    'copyloop: no worker can serve: 3 workers in a row ended before they could serve, the last with exit code 7\n',
  )
  expect(copyloop.log.filter(({ msg }) => msg.startsWith('worker ended'))).toHaveLength(3)
})

test('a worker that says why it cannot serve ends the start at once, with its reason', async () => {
  // The listening socket that it inherits, after stdio, the channel and the loads, is another file there.
  const environment = inWorkers(`const fs = require('node:fs'); fs.closeSync(5); fs.openSync('/dev/null')`)
  const copyloop = new Copyloop(['run', '-c', writeConfig(relayTo())], environment)
  expect(await copyloop.exited).toBe(1)
  expect(copyloop.stderr).toMatch(/^copyloop: no worker can serve: listen E[A-Z]+\n$/)
})

test('a worker that cannot open the log serves all the same, and the primary says so', async () => {
  const directory = newDirectory()
  const log = join(directory, 'log')
  const listeners = [{ name: 'web', listen: `unix:${directory}/web.sock`, upstream: 'app' }]
  const config = { ...relayTo(await echoServer()), listeners, log: { file: 'log' } }
  // The primary's log is open by then; the worker finds a directory in its place.
  const environment = inWorkers(
    `const fs = require('node:fs'); fs.renameSync('${log}', '${log}.1'); fs.mkdirSync('${log}')`,
  )
  const copyloop = new Copyloop(['run', '-c', writeConfig(config, directory)], environment)
  const said = (): string => (existsSync(`${log}.1`) ? readFileSync(`${log}.1`, 'utf8') : '')
  await until('it is said', () => /"worker":1,"error":"EISDIR.*a log cannot be opened/.test(said()))
  await until('it serves', () => said().includes('listening on'))
  await visit(`unix:${directory}/web.sock`)
  rmdirSync(log)
  await until('the line of the connection', () => existsSync(log) && readFileSync(log, 'utf8').includes('completed'))
  copyloop.signal('SIGTERM')
  expect(await copyloop.exited).toBe(0)
})

test('a worker that never gets ready ends the start after 15 s', async () => {
  const copyloop = new Copyloop(['run', '-c', writeConfig(relayTo())], inWorkers('for (;;);'))
  expect(await copyloop.exited).toBe(1)
  expect(copyloop.stderr).toBe('copyloop: no worker can serve: a worker was not ready after 15 s\n')
}, 60_000)

test('when replacements of a worker cannot serve, ten of them are tried; then the others drain and it ends with 1', async () => {
  const flag = join(newDirectory(), 'flag')
  const environment = inWorkers(`if (require('node:fs').existsSync('${flag}')) process.exit(7)`)
  const copyloop = await run({ ...relayTo(await echoServer()), workers: 1 }, environment)
  const [worker] = (await copyloop.stats()).workers
  const socket = open(copyloop.address('web'))
  await echo(socket, 'hello')
  writeFileSync(flag, '')
  process.kill(worker?.pid ?? 0, 'SIGKILL')
  expect(await copyloop.exited).toBe(1)
  expect(copyloop.log.find(({ level }) => level === 60)?.msg).toContain(
    '10 workers in a row ended before they could serve',
  )
  expect(copyloop.log.filter(({ msg }) => msg.startsWith('worker ended'))).toHaveLength(11)
}, 60_000)
