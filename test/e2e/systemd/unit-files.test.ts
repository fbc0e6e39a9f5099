/** examples/copyloop.service and copyloop.socket, held against what copyloop does and against systemd's own programs. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { EXIT } from '../../../src/primary/exit.ts'
import { until } from '../../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from '../support/echo.ts'
import { isInstalled } from '../support/programs.ts'
import { Copyloop, endAll, newDirectory, relayTo, writeConfig } from '../support/proxy.ts'
import { endSystemd, NotifySocket, withoutProgram } from '../support/systemd.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await endSystemd()
})

const SERVICE = readFileSync('examples/copyloop.service', 'utf8')
const SOCKET = readFileSync('examples/copyloop.socket', 'utf8')

/** All values of a key, in their order. */
const values = (unit: string, key: string): string[] =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value)

const PROGRAM = '/usr/bin/node /opt/copyloop/node_modules/copyloop/dist/cli.js '
const CONFIG = '/etc/copyloop/copyloop.yaml'

/** The arguments of a line that begins copyloop. */
const argumentsOf = (line: string, config: string): string[] => {
  expect(line.startsWith(PROGRAM)).toBe(true)
  return line
    .slice(PROGRAM.length)
    .split(' ')
    .map((argument) => (argument === CONFIG ? config : argument))
}

test(`systemd finds no fault with them${withoutProgram('systemd-analyze')}`, (context) => {
  context.skip(withoutProgram('systemd-analyze') !== '')
  const directory = newDirectory()
  const files = ['copyloop.service', 'copyloop.socket'].map((name) => join(directory, name))
  // It looks for the program, which is somewhere else here.
  writeFileSync(files[0] ?? '', SERVICE.replaceAll('/usr/bin/node', process.execPath))
  writeFileSync(files[1] ?? '', SOCKET)
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...files], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const security = ['security', '--offline=yes', '--threshold=25', files[0] ?? '']
  expect(spawnSync('systemd-analyze', security).status).toBe(0)
})

test('the lines that begin, reload and stop copyloop do that', async () => {
  const notify = await NotifySocket.open()
  const directory = newDirectory()
  const file = writeConfig(relayTo(await echoServer()), directory)
  const [start = ''] = values(SERVICE, 'ExecStart')
  const [check = '', signal] = values(SERVICE, 'ExecReload')
  expect(signal).toBe('/bin/kill -HUP $MAINPID')
  const environment = { NOTIFY_SOCKET: notify.path }
  const copyloop = await new Copyloop(argumentsOf(start, file), environment).serving()
  await until('it is ready', () => notify.with('READY').length === 1)
  expect(await new Copyloop(argumentsOf(check, file)).exited).toBe(EXIT.done)
  copyloop.signal('SIGHUP')
  await until('it is reloaded', () => notify.with('READY').length === 2)
  writeFileSync(file, '{}')
  expect(await new Copyloop(argumentsOf(check, file)).exited).toBe(EXIT.wrongConfig)
  expect(await new Copyloop(argumentsOf(start, file)).exited).toBe(EXIT.wrongConfig)
  expect(values(SERVICE, 'RestartPreventExitStatus')).toEqual([`${EXIT.wrongUsage} ${EXIT.wrongConfig}`])
  copyloop.signal('SIGTERM')
  expect(await copyloop.exited).toBe(EXIT.done)
})

const canTrace =
  isInstalled('strace', '--version') && spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0
const whyUntraced = canTrace ? withoutProgram('systemd-analyze') : ' (skipped: strace does not work here)'

/** What a name of SystemCallFilter= stands for. */
const callsOf = (name: string): Set<string> => {
  const { stdout } = spawnSync('systemd-analyze', ['syscall-filter', name], { encoding: 'utf8' })
  const members = stdout.split('\n').flatMap((line) => /^\s+([@\w-]+)$/.exec(line)?.[1] ?? [])
  return new Set(members.flatMap((member) => (member.startsWith('@') ? [...callsOf(member)] : [member])))
}

test(`SystemCallFilter has all calls that copyloop makes${whyUntraced}`, async (context) => {
  context.skip(whyUntraced !== '')
  const directory = newDirectory()
  const trace = join(directory, 'trace')
  const path = join(directory, 'web.sock')
  const listeners = [
    { name: 'web', listen: ['127.0.0.1:0', `unix:${path}`], upstream: 'app', connectionRatePerClient: '1000/s' },
    { name: 'inspected', listen: '127.0.0.1:0', upstream: 'app', inspect: [{ use: 'builtin:protocol' }] },
  ]
  const config = {
    ...relayTo(await echoServer()),
    listeners,
    log: { file: join(directory, 'log') },
    drainTimeout: '1s',
  }
  const file = writeConfig({ ...config, admin: `unix:${join(directory, 'admin.sock')}` }, directory)
  // The one who traces has copyloop as its child, and is not what signals go to.
  const tracing = `exec strace -f -qq -c -o ${trace} sh -c 'echo $$ >${directory}/pid; exec "$0" "$@"' "$0" "$@"; false`
  const traced = new Copyloop(['run', '-c', file], {}, process.cwd(), tracing)
  const log = () => readIfThere(join(directory, 'log'))
  const primary = () => Number(readIfThere(join(directory, 'pid')))
  try {
    await until(
      () => `it serves: ${log()}${traced.stderr}`,
      () => log().includes('the admin is on'),
      60_000,
    )
    for (const [address] of log().matchAll(/(?<=listening on )127\.0\.0\.1:\d+/g)) await visit(address)
    await visit(`unix:${path}`)
    const client = open(`unix:${path}`)
    await echo(client, 'cut short')
    process.kill(primary(), 'SIGHUP')
    await until('it is reloaded', () => log().includes('SIGHUP'), 20_000)
    process.kill(primary(), 'SIGTERM')
    await traced.exited
  } finally {
    if (!traced.hasExited && primary() > 0) process.kill(primary(), 'SIGKILL')
  }
  const made = readFileSync(trace, 'utf8')
    .split('\n')
    .flatMap((line) => /^\s*[\d.]+ .* ([a-z]\w*)$/.exec(line)?.[1] ?? [])
  expect(made).toEqual(expect.arrayContaining(['accept4', 'splice', 'execve', 'listen']))
  const [filter = ''] = values(SERVICE, 'SystemCallFilter')
  const allowed = new Set(filter.split(' ').flatMap((name) => [...callsOf(name)]))
  expect(made.filter((call) => !allowed.has(call) && call !== 'total')).toEqual([])
}, 120_000)

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

test(`systemd’s own program activates copyloop${withoutProgram('systemd-socket-activate')}`, async (context) => {
  context.skip(withoutProgram('systemd-socket-activate') !== '')
  const free = createServer()
  await once(free.listen(0, '127.0.0.1'), 'listening')
  const { port } = free.address() as { port: number }
  await new Promise((done) => free.close(done))
  const address = `127.0.0.1:${port}`
  const listeners = [{ name: 'web', listen: address, upstream: 'app' }]
  const file = writeConfig({ ...relayTo(await echoServer()), listeners })
  const activator = `exec systemd-socket-activate --listen=${address} --fdname=web "$0" "$@"; false`
  const copyloop = new Copyloop(['run', '-c', file], {}, process.cwd(), activator)
  await until('it listens', () => copyloop.stderr.includes('Listening on'))
  // It begins copyloop with the first client, who waits meanwhile.
  await visit(address)
  await copyloop.serving()
  expect(copyloop.addresses('web')).toEqual([address])
  copyloop.signal('SIGTERM')
  expect(await copyloop.exited).toBe(0)
})
