/** Whose a unix socket's file is, and who may connect. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, fate, open, visit } from './support/echo.ts'
import { Copyloop, endAll, newDirectory, relayTo, run, writeConfig } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const IS_ROOT = process.getuid?.() === 0
const userOf = (user: string): number => Number(execFileSync('id', ['-u', user], { encoding: 'utf8' }))
const groupOf = (user: string): number => Number(execFileSync('id', ['-g', user], { encoding: 'utf8' }))

test.each([
  { unix: {}, mode: 0o660, group: process.getgid?.() },
  { unix: { mode: '0600' }, mode: 0o600, group: process.getgid?.() },
  { unix: { mode: '0666', group: process.getgid?.() ?? 0 }, mode: 0o666, group: process.getgid?.() },
  // Only root may give it to any group.
  ...(IS_ROOT ? [{ unix: { group: 'daemon' }, mode: 0o660, group: groupOf('daemon') }] : []),
])('the file of a unix socket has the mode and the group of the config ($unix)', async ({ unix, mode, group }) => {
  const path = join(newDirectory(), 'web.sock')
  const listeners = [{ name: 'web', listen: `unix:${path}`, upstream: 'app', unix }]
  await run({ ...relayTo(await echoServer()), listeners })
  const found = statSync(path)
  expect((found.mode & 0o777).toString(8)).toBe(mode.toString(8))
  expect(found.gid).toBe(group)
  await visit(`unix:${path}`)
})

test.skipIf(!IS_ROOT)(
  'its owner is the one of the config, by name or by number (skipped: only root may set it)',
  async () => {
    const directory = newDirectory()
    const listenerOf = (name: string, owner: string | number) => ({
      name,
      listen: `unix:${directory}/${name}.sock`,
      upstream: 'app',
      unix: { owner, group: 'daemon' },
    })
    const listeners = [listenerOf('name', 'daemon'), listenerOf('number', 12_345)]
    await run({ ...relayTo(await echoServer()), listeners })
    for (const [name, uid] of [
      ['name', userOf('daemon')],
      ['number', 12_345],
    ] as const) {
      const path = `${directory}/${name}.sock`
      expect(statSync(path)).toMatchObject({ uid, gid: groupOf('daemon') })
      await visit(`unix:${path}`)
    }
  },
)

test.each([
  ['group', '/etc/group'],
  ['owner', '/etc/passwd'],
])('a wrong %s is named, and no socket is left', async (key, file) => {
  const path = join(newDirectory(), 'web.sock')
  const listeners = [{ name: 'web', listen: `unix:${path}`, upstream: 'app', unix: { [key]: 'nobody-has-this' } }]
  const copyloop = new Copyloop(['run', '-c', writeConfig({ ...relayTo('127.0.0.1:1'), listeners })])
  expect(await copyloop.exited).toBe(1)
  const kind = key === 'owner' ? 'user' : key
  expect(copyloop.stderr).toBe(
    `copyloop: listener web: ${file} has no ${kind} nobody-has-this; write another, or its number\n`,
  )
  expect(existsSync(path)).toBe(false)
})

describe.each(ENGINES)('engine $name', ({ name: engine }) => {
  test('abstract unix sockets are listened on and dialled, and have no file', async () => {
    const name = `@copyloop-test/${process.pid}//${engine}`
    const server = createServer((socket) => socket.pipe(socket)).listen(`\0${name.slice(1)}-app`)
    await once(server, 'listening')
    const listeners = [{ name: 'web', listen: `unix:${name}`, upstream: 'app' }]
    const health = { interval: '1s', timeout: '1s' }
    const upstreams = [{ name: 'app', servers: [`unix:${name}-app`], health }]
    const copyloop = await run({ listeners, upstreams, engine, workers: 2 })
    expect(copyloop.address('web')).toBe(`unix:${name}`)
    const client = connect(`\0${name.slice(1)}`)
    await echo(client, 'hello')
    const stats = await copyloop.untilStats('it is checked', ({ upstreams: { app } }) =>
      Object.values(app?.servers ?? {}).every(({ state }) => state === 'up'),
    )
    expect(Object.keys(stats.upstreams.app?.servers ?? {})).toEqual([`unix:${name}-app`])
    const second = new Copyloop(['run', '-c', writeConfig({ listeners, upstreams })])
    expect(await second.exited).toBe(1)
    expect(second.stderr).toContain(`listener web cannot listen on unix:${name}: another process has it`)
    client.end()
    await once(client, 'close')
    copyloop.signal('SIGTERM')
    expect(await copyloop.exited).toBe(0)
    server.close()
    expect(existsSync(name)).toBe(false)
  })

  test('clients that wait on a unix socket when it is stopped are served', async () => {
    const path = join(newDirectory(), 'web.sock')
    const listeners = [{ name: 'web', listen: `unix:${path}`, upstream: 'app' }]
    const copyloop = await run({ ...relayTo(await echoServer()), listeners, engine, workers: 2 })
    const { workers } = await copyloop.stats()
    for (const { pid } of workers) process.kill(pid, 'SIGSTOP')
    const clients = Array.from({ length: 40 }, () => open(`unix:${path}`))
    const fates = clients.map(fate)
    await until('all are connected', () => clients.every(({ readyState }) => readyState === 'open'))
    copyloop.signal('SIGTERM')
    await until('it drains', () => copyloop.logged('draining'))
    for (const { pid } of workers) process.kill(pid, 'SIGCONT')
    expect(await Promise.all(fates)).toEqual(Array(40).fill('served'))
  })
})

test('a file that a killed copyloop has left is taken over, and one that is in use is not', async () => {
  const path = join(newDirectory(), 'web.sock')
  const listeners = [{ name: 'web', listen: `unix:${path}`, upstream: 'app' }]
  const config = { ...relayTo(await echoServer()), listeners }
  const killed = await run(config)
  killed.signal('SIGKILL')
  await killed.exited
  expect(existsSync(path)).toBe(true)
  await run(config)
  await visit(`unix:${path}`)
  const second = new Copyloop(['run', '-c', writeConfig(config)])
  expect(await second.exited).toBe(1)
  expect(second.stderr).toContain(`listener web cannot listen on unix:${path}: another process has it`)
  await visit(`unix:${path}`)
})

test('of two that start at once on one path, one serves and the other says why it cannot', async () => {
  const path = join(newDirectory(), 'web.sock')
  const listeners = [{ name: 'web', listen: `unix:${path}`, upstream: 'app' }]
  const config = { ...relayTo(await echoServer()), listeners }
  // Both find the file of a dead one.
  const dead = await run(config)
  dead.signal('SIGKILL')
  await dead.exited
  const both = [0, 1].map(() => new Copyloop(['run', '-c', writeConfig(config)]))
  await until('one has given up', () => both.some(({ hasExited }) => hasExited))
  const [served, refused] = both.toSorted((one, other) => Number(one.hasExited) - Number(other.hasExited))
  expect(await refused?.exited).toBe(1)
  expect(refused?.stderr).toContain('another process has it')
  await served?.serving()
  await visit(`unix:${path}`)
})

test('a copyloop that stops leaves the unix socket of its successor alone', async () => {
  const path = join(newDirectory(), 'web.sock')
  const listeners = [{ name: 'web', listen: `unix:${path}`, upstream: 'app' }]
  const config = { ...relayTo(await echoServer()), listeners }
  const old = await run(config)
  const socket = open(`unix:${path}`)
  await echo(socket, 'hello')
  rmSync(path)
  const successor = await run(config)
  old.signal('SIGTERM')
  await until('it drains', () => old.logged('draining'))
  await echo(socket, 'still here')
  socket.end()
  expect(await old.exited).toBe(0)
  await visit(`unix:${path}`)
  successor.signal('SIGTERM')
  expect(await successor.exited).toBe(0)
  expect(existsSync(path)).toBe(false)
})
