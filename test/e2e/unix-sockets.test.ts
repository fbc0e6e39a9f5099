/** Whose a unix socket's file is, and who may connect. */
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from './support/echo.ts'
import { Copyloop, endAll, newDirectory, relayTo, run, writeConfig } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const groupOf = (user: string): number => Number(execFileSync('id', ['-g', user], { encoding: 'utf8' }))

test.each([
  { unix: {}, mode: 0o660, group: process.getgid?.() },
  { unix: { mode: '0600' }, mode: 0o600, group: process.getgid?.() },
  { unix: { mode: '0666', group: process.getgid?.() ?? 0 }, mode: 0o666, group: process.getgid?.() },
  // Only root may give it to any group.
  ...(process.getuid?.() === 0 ? [{ unix: { group: 'daemon' }, mode: 0o660, group: groupOf('daemon') }] : []),
])('the file of a unix socket has the mode and the group of the config ($unix)', async ({ unix, mode, group }) => {
  const path = join(newDirectory(), 'web.sock')
  const listeners = [{ name: 'web', listen: `unix:${path}`, upstream: 'app', unix }]
  await run({ ...relayTo(await echoServer()), listeners })
  const found = statSync(path)
  expect((found.mode & 0o777).toString(8)).toBe(mode.toString(8))
  expect(found.gid).toBe(group)
  await visit(`unix:${path}`)
})

test('a group that there is not is named, and no socket is left', async () => {
  const path = join(newDirectory(), 'web.sock')
  const listeners = [{ name: 'web', listen: `unix:${path}`, upstream: 'app', unix: { group: 'nobody-has-this' } }]
  const copyloop = new Copyloop(['run', '-c', writeConfig({ ...relayTo('127.0.0.1:1'), listeners })])
  expect(await copyloop.exited).toBe(1)
  expect(copyloop.stderr).toBe(
    'copyloop: listener web: /etc/group has no group nobody-has-this; write another, or its number\n',
  )
  expect(existsSync(path)).toBe(false)
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
