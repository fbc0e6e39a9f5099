import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { closeAll, echoServer, visit } from './support/echo.ts'
import { Copyloop, endAll, lives, newDirectory, relayTo, run, writeConfig } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const exitOf = async (...args: string[]): Promise<Copyloop & { code: number | null }> => {
  const copyloop = new Copyloop(args)
  return Object.assign(copyloop, { code: await copyloop.exited })
}

test('--listen and --to are all it takes', async () => {
  const upstream = await echoServer()
  const args = ['run', '--listen', '127.0.0.1:0', '--to', upstream, '--workers', '1', '--admin', '127.0.0.1:0']
  const copyloop = await new Copyloop(args).serving()
  await visit(copyloop.address('default'))
  expect((await copyloop.stats()).workers).toHaveLength(1)
})

test('an IPv6 listener leads to an IPv6 server', async () => {
  const upstream = await echoServer('[::1]:0')
  const copyloop = await run({ ...relayTo(upstream), listeners: [{ name: 'web', listen: '[::1]:0', upstream: 'app' }] })
  expect(copyloop.address('web')).toMatch(/^\[::1\]:\d+$/)
  await visit(copyloop.address('web'))
})

test('a listener without a host takes IPv4 and IPv6 on one port', async () => {
  const upstream = await echoServer()
  const copyloop = await run({ ...relayTo(upstream), listeners: [{ name: 'web', listen: ':0', upstream: 'app' }] })
  const port = copyloop.address('web').slice(1)
  await visit(`127.0.0.1:${port}`)
  await visit(`[::1]:${port}`)
})

test('unix sockets do on both sides, and the file is gone after the end', async () => {
  const directory = newDirectory()
  const upstream = await echoServer(`unix:${directory}/app.sock`)
  const listen = `unix:${directory}/web.sock`
  const copyloop = await run({ ...relayTo(upstream), listeners: [{ name: 'web', listen, upstream: 'app' }] })
  await visit(listen)
  copyloop.signal('SIGTERM')
  expect(await copyloop.exited).toBe(0)
  expect(existsSync(`${directory}/web.sock`)).toBe(false)
})

test('a unix socket file that a killed copyloop left behind is replaced', async () => {
  const upstream = await echoServer()
  const path = join(newDirectory(), 'web.sock')
  const config = { ...relayTo(upstream), listeners: [{ name: 'web', listen: `unix:${path}`, upstream: 'app' }] }
  const killed = await run(config)
  const workers = (await killed.stats()).workers
  killed.signal('SIGKILL')
  await killed.exited
  await until('its workers are gone', () => !workers.some(({ pid }) => lives(pid)))
  expect(existsSync(path)).toBe(true)
  await run(config)
  await visit(`unix:${path}`)
})

test('a unix socket that another process serves is left alone', async () => {
  const path = join(newDirectory(), 'web.sock')
  const other = await echoServer(`unix:${path}`)
  const { code, stderr } = await exitOf('run', '--listen', other, '--to', '127.0.0.1:1', '--admin', 'off')
  expect(code).toBe(1)
  expect(stderr).toContain(`listener default cannot listen on unix:${path}: another process has it`)
  await visit(other)
})

test('a unix socket cannot be where there is another file, or no directory', async () => {
  const directory = newDirectory()
  writeFileSync(`${directory}/file`, 'precious')
  const file = await exitOf('run', '--listen', `unix:${directory}/file`, '--to', '127.0.0.1:1', '--admin', 'off')
  expect(file.code).toBe(1)
  expect(file.stderr).toContain('a file that is no socket is in the way')
  const nowhere = await exitOf('run', '--listen', `unix:${directory}/a/b`, '--to', '127.0.0.1:1', '--admin', 'off')
  expect(nowhere.code).toBe(1)
  expect(nowhere.stderr).toContain('its directory does not exist')
})

test('several listeners and addresses lead to their own upstreams', async () => {
  const one = await echoServer()
  const two = await echoServer()
  const copyloop = await run({
    workers: 2,
    listeners: [
      { name: 'one', listen: ['127.0.0.1:0', '[::1]:0'], upstream: 'one' },
      { name: 'two', listen: '127.0.0.1:0', upstream: 'two' },
    ],
    upstreams: [
      { name: 'one', servers: [one] },
      { name: 'two', servers: [two] },
    ],
  })
  for (const address of [...copyloop.addresses('one'), ...copyloop.addresses('two')]) await visit(address)
  const stats = await copyloop.untilStats('all three ended', ({ totals }) => totals.outcomes.completed === 3)
  expect(stats.listeners.one).toMatchObject({ connectionsAccepted: 2, bytesToUpstream: 10, bytesToClient: 10 })
  expect(stats.listeners.two).toMatchObject({ connectionsAccepted: 1, outcomes: { completed: 1 } })
  expect(stats.upstreams.one?.servers[one]).toMatchObject({ state: 'unchecked', connectionsTotal: 2 })
  expect(stats.upstreams.two?.servers[two]).toMatchObject({ state: 'unchecked', connectionsTotal: 1 })
})

test('a taken port is named with what to do, and nothing is left half-started', async () => {
  const taken = await echoServer()
  const directory = newDirectory()
  const first = `unix:${directory}/first.sock`
  const file = writeConfig({
    listeners: [
      { name: 'first', listen: first, upstream: 'app' },
      { name: 'second', listen: taken, upstream: 'app' },
    ],
    upstreams: [{ name: 'app', servers: [] }],
  })
  const { code, stderr, stdout } = await exitOf('run', '-c', file)
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^copyloop: listener second cannot listen on 127\.0\.0\.1:\d+: it is in use .*\(EADDRINUSE\)\n$/,
  )
  expect(stdout).toBe('')
  expect(existsSync(`${directory}/first.sock`)).toBe(false)
})

test('a taken admin port is named with what to do', async () => {
  const taken = await echoServer()
  const file = writeConfig({ ...relayTo('127.0.0.1:1'), admin: { listen: taken } })
  const { code, stderr } = await exitOf('run', '-c', file)
  expect(code).toBe(1)
  expect(stderr).toContain(`the admin cannot listen on ${taken}: it is in use by another process`)
})

test('an address that is not ours is named', async () => {
  // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
  const { code, stderr } = await exitOf('run', '--listen', '192.0.2.1:8080', '--to', '127.0.0.1:1', '--admin', 'off')
  expect(code).toBe(1)
  expect(stderr).toContain('cannot listen on 192.0.2.1:8080: it is not an address of this machine')
})

test('an admin that other machines could reach is wrong usage', async () => {
  for (const address of [':9901', '0.0.0.0:9901', '192.0.2.1:9901']) {
    const { code, stderr } = await exitOf('run', '--listen', '127.0.0.1:0', '--to', '127.0.0.1:1', '--admin', address)
    expect(code).toBe(2)
    expect(stderr).toContain('can be reached by others')
  }
})

test.each([
  ['is a directory', 'log', 'this is a directory; name a file in it'],
  ['has too long a name', 'x'.repeat(300), 'this path, or a name in it, is too long; write a shorter one'],
  ['is a link to itself', 'circle', 'its symbolic links lead round in a circle; name a file elsewhere'],
])('a log file that %s is a problem of the config', async (_what, name, message) => {
  const directory = newDirectory()
  mkdirSync(join(directory, 'log'))
  symlinkSync('circle', join(directory, 'circle'))
  const file = writeConfig({ ...relayTo('127.0.0.1:1'), log: { file: name } }, directory)
  const { code, stderr } = await exitOf('run', '-c', file)
  expect(code).toBe(78)
  expect(stderr).toMatch(/^.*:1:\d+ log\.file: /)
  expect(stderr.endsWith(`log.file: ${message}\n`)).toBe(true)
})

test.each([30, 60, 100])(
  'with at most %i open files it serves and warns, or says which limit to raise',
  async (most) => {
    const file = writeConfig(relayTo('127.0.0.1:1'))
    const copyloop = new Copyloop(['run', '-c', file], {}, newDirectory(), `ulimit -n ${most}`)
    const warning = `each worker may open ${most} files but needs`
    await until('a warning or an end', () => copyloop.logged(warning) || copyloop.hasExited)
    // Node 26 reads modules one by one where Node 20 opens them all at once, and has enough for itself.
    if (copyloop.logged(warning)) return void (await copyloop.serving())
    expect(copyloop.stderr).toBe(`copyloop: too many open files: raise ulimit -n (now ${most})\n`)
    expect([await copyloop.exited, copyloop.stdout]).toEqual([1, ''])
  },
)

test('the admin can be off', async () => {
  const upstream = await echoServer()
  const copyloop = new Copyloop(['run', '-c', writeConfig({ ...relayTo(upstream), admin: 'off' })])
  await until('it listens', () => copyloop.addresses('web').length > 0)
  await visit(copyloop.address('web'))
  expect(copyloop.logged('the admin')).toBe(false)
})

test('as a worker of another program it says in one sentence what to do, and ends with 78', async () => {
  const args = ['run', '--listen', '127.0.0.1:0', '--to', '127.0.0.1:1', '--admin', 'off']
  const copyloop = new Copyloop(args, { NODE_UNIQUE_ID: '1' })
  expect(await copyloop.exited).toBe(78)
  expect(copyloop.stderr).toMatch(/^NODE_UNIQUE_ID: it makes this process a worker .* exec_mode: 'fork' .*\n$/)
  expect(copyloop.stdout).toBe('')
})
