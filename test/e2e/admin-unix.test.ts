/** The admin on a unix socket: whose it is, and who may connect. */
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { ask, command } from './support/admin.ts'
import { closeAll, echo, echoServer, open } from './support/echo.ts'
import { Copyloop, endAll, newDirectory, relayTo, run, writeConfig } from './support/proxy.ts'

let path: string
beforeEach(() => {
  path = join(newDirectory(), 'admin.sock')
})
afterEach(async () => {
  await endAll()
  await closeAll()
})

const TOKEN = 'c0rrect-horse-battery-staple'
const config = (admin: unknown = `unix:${path}`) => ({ ...relayTo('127.0.0.1:1'), admin })
const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8)

test.each([
  { admin: (listen: string) => listen, mode: '600' },
  { admin: (listen: string) => ({ listen }), mode: '600' },
  { admin: (listen: string) => ({ listen, mode: '0660' }), mode: '660' },
  { admin: (listen: string) => ({ listen, mode: '666' }), mode: '666' },
])('its file has mode $mode, whatever the umask, and is removed at the end', async ({ admin, mode }) => {
  const args = ['run', '-c', writeConfig(config(admin(`unix:${path}`)))]
  const copyloop = await new Copyloop(args, {}, process.cwd(), 'umask 0').serving()
  expect(modeOf(path)).toBe(mode)
  expect(copyloop.adminAddress).toBe(`unix:${path}`)
  expect((await ask(copyloop, '/stats')).status).toBe(200)
  copyloop.signal('SIGTERM')
  expect(await copyloop.exited).toBe(0)
  expect(existsSync(path)).toBe(false)
})

test('a page that came through a tunnel is refused as on a port, and so is a request without the token', async () => {
  const tokenFile = join(newDirectory(), 'token')
  writeFileSync(tokenFile, TOKEN, { mode: 0o600 })
  const without = await run(config())
  expect((await ask(without, '/stats', { host: 'localhost:9901' })).status).toBe(200)
  expect((await ask(without, '/stats', { host: 'rebound.example.test:9901' })).status).toBe(403)
  await endAll()
  const copyloop = await run(config({ listen: `unix:${path}`, tokenFile }))
  expect((await ask(copyloop, '/stats')).status).toBe(401)
  expect((await ask(copyloop, '/stats', { authorization: `Bearer ${TOKEN}` })).status).toBe(200)
})

test('commands find it', async () => {
  const server = await echoServer()
  await run({ ...config(), ...relayTo(server) })
  const admin = `unix:${path}`
  expect(await command(['status', '--admin', admin])).toMatchObject({ code: 0, stderr: '' })
  expect(await command(['server', 'app', server, 'drain'], { COPYLOOP_ADMIN: admin })).toMatchObject({ code: 0 })
  expect(await command(['status'], { COPYLOOP_ADMIN: admin })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('draining'),
  })
}, 60_000)

const isRoot = process.getuid?.() === 0
test.skipIf(isRoot)(
  `commands of a user who may not connect say so${isRoot ? ' (skipped: root may connect to every socket)' : ''}`,
  async () => {
    await run(config())
    chmodSync(path, 0)
    expect(await command(['status', '--admin', `unix:${path}`])).toEqual({
      code: 1,
      stdout: '',
      stderr: `copyloop: this user may not connect to unix:${path}; its owner may, and admin.mode can allow others\n`,
    })
  },
)

test('the file of a copyloop that was killed is replaced', async () => {
  const killed = await run(config())
  killed.signal('SIGKILL')
  await killed.exited
  expect(existsSync(path)).toBe(true)
  const copyloop = await run(config())
  expect((await ask(copyloop, '/healthz')).status).toBe(200)
})

test('a socket that another process listens on, and a file that is none, stay as they are', async () => {
  const other = createServer().listen(path)
  const file = writeConfig(config())
  const refused = async () => {
    const copyloop = new Copyloop(['run', '-c', file])
    expect(await copyloop.exited).toBe(1)
    expect(copyloop.stderr).toContain(`the admin cannot listen on unix:${path}: another process has it`)
  }
  await refused()
  expect(other.listening).toBe(true)
  await new Promise((resolve) => other.close(resolve))
  writeFileSync(path, 'a letter')
  await refused()
  expect(readFileSync(path, 'utf8')).toBe('a letter')
})

test('a directory that is not there is named, and nothing is left running', async () => {
  const copyloop = new Copyloop(['run', '-c', writeConfig(config('unix:/nowhere/at/all/admin.sock'))])
  expect(await copyloop.exited).toBe(1)
  expect(copyloop.stderr).toContain(
    'the admin cannot listen on unix:/nowhere/at/all/admin.sock: its directory does not',
  )
})

test('a copyloop that stops leaves the socket of its successor alone', async () => {
  const served = { ...config(), ...relayTo(await echoServer()) }
  const old = await run(served)
  const socket = open(old.address('web'))
  await echo(socket, 'hello')
  rmSync(path)
  const successor = await run(served)
  old.signal('SIGTERM')
  await until('it drains', () => old.logged('draining'))
  socket.end()
  expect(await old.exited).toBe(0)
  expect((await ask(successor, '/healthz')).status).toBe(200)
})
