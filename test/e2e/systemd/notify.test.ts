/** What systemd is told: sd_notify(3), sd_watchdog_enabled(3). */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from '../support/echo.ts'
import { withoutKoffi } from '../support/preload.ts'
import { Copyloop, endAll, newDirectory, relayTo, run, writeConfig } from '../support/proxy.ts'
import { endSystemd, NotifySocket, withoutProgram } from '../support/systemd.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await endSystemd()
})

const monotonicUs = (): number => Number(process.hrtime.bigint() / 1000n)

test.each([
  ['a path', () => join(newDirectory(), 'notify')],
  ['an abstract name', () => `@copyloop-test-${process.pid}-${monotonicUs()}`],
])(
  'READY comes from the primary once every listener is served, and STOPPING as a stop begins (%s)',
  async (_, path) => {
    const notify = await NotifySocket.open(path())
    const config = { ...relayTo(await echoServer()), workers: 2, drainTimeout: '100s' }
    const copyloop = await run(config, { NOTIFY_SOCKET: notify.path })
    await until('systemd knows that it is ready', () => notify.notices.length === 1)
    expect(notify.notices).toEqual([
      {
        pid: copyloop.pid,
        fields: { READY: '1', MAINPID: `${copyloop.pid}`, STATUS: 'serving listener web with 2 workers' },
      },
    ])
    const client = open(copyloop.address('web'))
    await echo(client, 'living')
    copyloop.signal('SIGTERM')
    await until('systemd knows that it stops', () => notify.notices.length === 2)
    // Three seconds more than the drain may take: TimeoutStopSec= may be less.
    expect(notify.notices[1]?.fields).toEqual({
      STOPPING: '1',
      STATUS: 'stopping within 103 s',
      EXTEND_TIMEOUT_USEC: '103000000',
    })
    await echo(client, 'still there')
    client.end()
    expect(await copyloop.exited).toBe(0)
    expect(notify.notices).toHaveLength(2)
  },
)

describe('a reload', () => {
  test.each([
    ['SIGHUP', (copyloop: Copyloop) => copyloop.signal('SIGHUP')],
    ['POST /reload', (copyloop: Copyloop) => copyloop.admin('/reload', { method: 'POST' })],
  ])('is told as it begins, with the time, and when it is over: also one that is refused (%s)', async (_, reload) => {
    const notify = await NotifySocket.open()
    const directory = newDirectory()
    const config = relayTo(await echoServer())
    const file = writeConfig(config, directory)
    const copyloop = await new Copyloop(['run', '-c', file], { NOTIFY_SOCKET: notify.path }).serving()
    await until('it is ready', () => notify.with('READY').length === 1)
    const more = { name: 'more', listen: '127.0.0.1:0', upstream: 'app' }
    writeConfig({ ...config, listeners: [...config.listeners, more] }, directory)
    const beganUs = monotonicUs()
    await reload(copyloop)
    await until('it is ready again', () => notify.with('READY').length === 2)
    const [reloading] = notify.with('RELOADING')
    expect(Number(reloading?.fields.MONOTONIC_USEC)).toBeGreaterThanOrEqual(beganUs)
    expect(Number(reloading?.fields.MONOTONIC_USEC)).toBeLessThanOrEqual(monotonicUs())
    expect(notify.notices.at(-1)?.fields).toEqual({ READY: '1', STATUS: 'serving 2 listeners with 1 worker' })
    writeFileSync(file, 'no config')
    await reload(copyloop)
    await until('it is ready for the third time', () => notify.with('READY').length === 3)
    expect(notify.notices.map(({ fields }) => Object.keys(fields)[0])).toEqual([
      'READY',
      ...['RELOADING', 'READY'],
      ...['RELOADING', 'READY'],
    ])
  })
})

describe('the watchdog', () => {
  const everyMs = 300
  const watched = (notify: NotifySocket, more: Record<string, string> = {}) => ({
    NOTIFY_SOCKET: notify.path,
    WATCHDOG_USEC: `${2 * everyMs * 1000}`,
    ...more,
  })

  test('gets a sign of life at half its time, during a drain as well, and none while the primary stands still', async () => {
    const notify = await NotifySocket.open()
    const copyloop = await run(relayTo(await echoServer()), watched(notify))
    const signs = () => notify.with('WATCHDOG').length
    await until('three signs', () => signs() >= 3)
    const client = open(copyloop.address('web'))
    await echo(client, 'living')
    copyloop.signal('SIGTERM')
    await until('it drains', () => notify.with('STOPPING').length === 1)
    const draining = signs()
    await until('three more', () => signs() >= draining + 3)
    copyloop.signal('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, everyMs))
    const stopped = signs()
    await new Promise((resolve) => setTimeout(resolve, 4 * everyMs))
    expect(signs()).toBe(stopped)
    copyloop.signal('SIGCONT')
    await until('it is back', () => signs() > stopped)
  })

  test('of another process gets none', async () => {
    const notify = await NotifySocket.open()
    await run(relayTo('127.0.0.1:1'), watched(notify, { WATCHDOG_PID: '1' }))
    await until('it is ready', () => notify.with('READY').length === 1)
    await new Promise((resolve) => setTimeout(resolve, 3 * everyMs))
    expect(notify.with('WATCHDOG')).toEqual([])
  })
})

test(`where koffi cannot be loaded, systemd-notify tells it${withoutProgram('systemd-notify')}`, async (context) => {
  context.skip(withoutProgram('systemd-notify') !== '')
  const notify = await NotifySocket.open()
  const config = { ...relayTo(await echoServer()), engine: 'streams' }
  const copyloop = await run(config, { NOTIFY_SOCKET: notify.path, ...withoutKoffi() })
  await until('it is ready', () => notify.with('READY').length === 1)
  expect(notify.with('READY')[0]?.fields).toMatchObject({ MAINPID: `${copyloop.pid}` })
  expect(copyloop.logged('through systemd-notify, which needs NotifyAccess=all')).toBe(true)
  copyloop.signal('SIGTERM')
  expect(await copyloop.exited).toBe(0)
  expect(notify.with('STOPPING')).toHaveLength(1)
})

test('where neither can be, or nobody is there, that is logged once, and copyloop serves', async () => {
  const config = { ...relayTo(await echoServer()), engine: 'streams' }
  const gone = await NotifySocket.open()
  await endSystemd()
  rmSync(gone.path)
  for (const [environment, why] of [
    [{ NOTIFY_SOCKET: gone.path, WATCHDOG_USEC: '100000' }, 'ENOENT'],
    [
      { NOTIFY_SOCKET: gone.path, WATCHDOG_USEC: '100000', ...withoutKoffi('process.env.PATH = "/nowhere"') },
      'systemd-notify',
    ],
    [{ NOTIFY_SOCKET: 'vsock:2:1234' }, 'no unix socket'],
  ] as const) {
    const copyloop = await run(config, environment)
    await visit(copyloop.address('web'))
    await until('it is logged', () => copyloop.logged('systemd cannot be told how copyloop is'))
    await new Promise((resolve) => setTimeout(resolve, 300))
    const [line, ...more] = copyloop.log.filter(({ msg }) => msg.startsWith('systemd cannot be told'))
    expect(line?.msg).toContain(why)
    expect(more).toEqual([])
    copyloop.signal('SIGTERM')
    expect(await copyloop.exited).toBe(0)
  }
})
