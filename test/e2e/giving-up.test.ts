import { chmodSync, existsSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { allowForks, canLimit, refuseForks, WITHOUT_PRIVILEGES } from '../support/limits.ts'
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
  // The listening socket that it is sent is another file by then.
  const environment = inWorkers(`process.prependListener('message', ({ kind }, handle) => {
    if (kind !== 'socket') return
    const { fd } = handle
    const fs = require('node:fs')
    fs.closeSync(fd)
    while (fs.openSync('/dev/null') < fd) {}
  })`)
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

test('while one worker serves the others may die for ever: the start is announced, and nobody gives up', async () => {
  const listen = `unix:${newDirectory()}/web.sock`
  const visitor = `const socket = require('node:net').connect('${listen.slice('unix:'.length)}', () => socket.write('x'))
    socket.on('data', () => process.exit())`
  // All but the first die once somebody was served.
  const environment = inWorkers(`if (require('node:cluster').worker.id !== 1) {
    const { execFileSync } = require('node:child_process')
    const attempt = () => {
      try { execFileSync(process.execPath, ['-e', ${JSON.stringify(visitor)}], { env: {}, stdio: 'ignore' }) } catch { attempt() }
    }
    attempt()
    process.exit(7)
  }`)
  const config = { ...relayTo(await echoServer()), listeners: [{ name: 'web', listen, upstream: 'app' }], workers: 2 }
  const copyloop = await run(config, environment)
  // At the start three would have been too many, later ten.
  const ends = () => copyloop.log.filter(({ msg }) => msg.startsWith('worker ended')).length
  await until('many ends', () => ends() > 5, 60_000)
  await visit(listen)
  expect((await copyloop.admin('/readyz')).status).toBe(200)
  expect(copyloop.log.filter(({ level }) => level > 40)).toEqual([])
}, 90_000)

/** What a shell does before it becomes copyloop. */
const unprivileged = WITHOUT_PRIVILEGES.length > 0 ? `exec ${WITHOUT_PRIVILEGES.join(' ')} "$0" "$@"; false` : 'true'

test.skipIf(!canLimit()).each([1, 2])(
  `of %i workers one is killed while no process can be forked: it is replaced once one can${canLimit() ? '' : ' (skipped: there is no prlimit here)'}`,
  async (workers) => {
    const file = writeConfig({ ...relayTo(await echoServer()), workers })
    chmodSync(join(file, '..'), 0o755)
    const copyloop = await new Copyloop(['run', '-c', file], {}, undefined, unprivileged).serving()
    const [worker] = (await copyloop.stats()).workers
    refuseForks(copyloop.pid)
    process.kill(worker?.pid ?? 0, 'SIGKILL')
    const refusals = () => copyloop.log.filter(({ msg }) => msg.startsWith('a worker cannot be started: ')).length
    // One more than a slot would have survived.
    await until('refusals', () => refusals() > (workers === 1 ? 10 : 5), 60_000)
    expect(copyloop.log.some(({ error }) => String(error).includes('EAGAIN'))).toBe(true)
    if (workers > 1) await visit(copyloop.address('web'))
    // Without any worker the wait is a second at most, and that is what is said.
    const said = copyloop.log.flatMap(({ msg }) => / starts in (\d+) ms$/.exec(msg)?.[1] ?? [])
    if (workers === 1) expect(Math.max(...said.map(Number))).toBe(1_000)
    allowForks(copyloop.pid)
    await copyloop.untilStats(
      'it is replaced',
      (stats) => stats.workers.filter(({ state }) => state === 'serving').length === workers,
      30_000,
    )
    await visit(copyloop.address('web'))
    expect(copyloop.log.filter(({ level }) => level > 40)).toEqual([])
  },
  120_000,
)
