/** Socket activation: sd_listen_fds(3). */
import { readFileSync, readlinkSync, statSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { formatAddress } from '../../../src/config/fields/address.ts'
import type { ListeningSocket } from '../../../src/engine/listening/listening-socket.ts'
import { until } from '../../support/until.ts'
import { closeAll, echo, echoServer, open, visit } from '../support/echo.ts'
import { withoutKoffi } from '../support/preload.ts'
import { type Copyloop, endAll, newDirectory, relayTo, writeConfig } from '../support/proxy.ts'
import { activated, endSystemd, socketUnit } from '../support/systemd.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
  await endSystemd()
})

const at = ({ address }: ListeningSocket): string => formatAddress(address)
const inodeOf = (pid: number, descriptor: number): string => readlinkSync(`/proc/${pid}/fd/${descriptor}`)
const listener = (name: string, listen: string | string[], more: object = {}) => ({
  name,
  listen,
  upstream: 'app',
  ...more,
})

describe.each(['kernel', 'streams'])('a passed socket, with the %s engine,', (engine) => {
  test.each([
    ['127.0.0.1:0', 'IPv4'],
    ['[::1]:0', 'IPv6'],
    [':0', 'both'],
  ])('is that of the listener with its address (%s)', async (listen) => {
    const socket = await socketUnit(listen)
    const config = { ...relayTo(await echoServer()), engine, listeners: [listener('web', at(socket))] }
    const copyloop = await activated(config, [socket]).serving()
    expect(copyloop.addresses('web')).toEqual([at(socket)])
    await visit(at(socket).replace(/^:/, '127.0.0.1:'))
    if (listen === ':0') await visit(at(socket).replace(/^:/, '[::1]:'))
  })

  test('of unix keeps its file and its permissions, and outlives copyloop: who comes between two waits', async () => {
    const path = join(newDirectory(), 'web.sock')
    const socket = await socketUnit(`unix:${path}`)
    const before = statSync(path)
    const config = {
      ...relayTo(await echoServer()),
      engine,
      workers: 2,
      listeners: [listener('web', `unix:${path}`, { unix: { mode: '0600' } })],
    }
    const first = await activated(config, [socket]).serving()
    await visit(`unix:${path}`)
    first.signal('SIGTERM')
    expect(await first.exited).toBe(0)
    const between = open(`unix:${path}`)
    const answered = echo(between, 'who waits')
    await activated(config, [socket]).serving()
    await answered
    const after = statSync(path)
    expect([after.ino, after.mode]).toEqual([before.ino, before.mode])
  })

  test('of TCP outlives copyloop as well, also one that was killed', async () => {
    const socket = await socketUnit('127.0.0.1:0')
    const config = { ...relayTo(await echoServer()), engine, listeners: [listener('web', at(socket))] }
    for (const how of ['SIGTERM', 'SIGKILL', 'SIGTERM'] as const) {
      const between = open(at(socket))
      const answered = echo(between, 'who waits')
      const copyloop = await activated(config, [socket]).serving()
      await answered
      between.end()
      copyloop.signal(how)
      await copyloop.exited
    }
  })
})

test('a listener whose addresses were passed in part opens the others itself', async () => {
  const [socket, other] = [await socketUnit('127.0.0.1:0'), join(newDirectory(), 'other.sock')]
  const config = { ...relayTo(await echoServer()), listeners: [listener('web', [at(socket), `unix:${other}`])] }
  const copyloop = await activated(config, [socket]).serving()
  expect(copyloop.addresses('web')).toEqual([at(socket), `unix:${other}`])
  for (const address of copyloop.addresses('web')) await visit(address)
})

test('a name of a host stands for its address', async () => {
  const socket = await socketUnit('localhost:0')
  const config = { ...relayTo(await echoServer()), listeners: [listener('web', at(socket))] }
  expect(at(socket)).toMatch(/^localhost:/)
  await activated(config, [socket]).serving()
  await visit(at(socket))
})

test('names of descriptors may be those of their listeners, or systemd’s own', async () => {
  const passed = [await socketUnit('127.0.0.1:0'), await socketUnit('127.0.0.1:0'), await socketUnit('127.0.0.1:0')]
  const [web, api, mail] = passed.map(at)
  const listeners = [listener('mail', `${mail}`), listener('web', `${web}`), listener('api', `${api}`)]
  const config = { ...relayTo(await echoServer()), listeners }
  const copyloop = await activated(config, passed, { LISTEN_FDNAMES: 'web:copyloop.socket:unknown' }).serving()
  expect(['web', 'api', 'mail'].map((name) => copyloop.address(name))).toEqual([web, api, mail])
  for (const socket of passed) await visit(at(socket))
})

test('nothing of it reaches a worker, neither variables nor descriptors but its own', async () => {
  const socket = await socketUnit('127.0.0.1:0')
  const config = { ...relayTo(await echoServer()), listeners: [listener('web', at(socket))] }
  const copyloop = await activated(config, [socket], { LISTEN_FDNAMES: 'web' }).serving()
  const [worker] = (await copyloop.stats()).workers
  const environment = readFileSync(`/proc/${worker?.pid}/environ`, 'utf8').split('\0')
  expect(environment.filter((variable) => /^(LISTEN_|NOTIFY_|WATCHDOG_)/.test(variable))).toEqual([])
  // Its channel to the primary is there instead.
  expect(inodeOf(copyloop.pid, 3)).not.toBe(inodeOf(worker?.pid ?? 0, 3))
})

const refused = async (copyloop: Copyloop): Promise<string> => {
  expect(await copyloop.exited).toBe(78)
  return copyloop.stderr
}

describe('copyloop refuses to start, and says what to do, when', () => {
  test('a name contradicts the address', async () => {
    const socket = await socketUnit('127.0.0.1:0')
    const config = {
      ...relayTo('127.0.0.1:1'),
      listeners: [listener('web', at(socket)), listener('api', '127.0.0.1:0')],
    }
    expect(await refused(activated(config, [socket], { LISTEN_FDNAMES: 'api' }))).toBe(
      `LISTEN_FDNAMES: the socket on ${at(socket)} was passed as api, but it is of listener web; ` +
        'write FileDescriptorName=web into its socket unit, or leave that out\n',
    )
  })

  test('no listener has the address of a passed socket', async () => {
    const socket = await socketUnit('127.0.0.1:0')
    expect(await refused(activated(relayTo('127.0.0.1:1'), [socket], { LISTEN_FDNAMES: 'web' }))).toBe(
      `LISTEN_FDS: a socket on ${at(socket)} (web) was passed, but no listener has this address, and its clients would ` +
        'wait for ever; correct ListenStream= in its socket unit, or add a listener\n',
    )
  })

  test('it takes IPv4 clients as well, which its listener is not to have', async () => {
    const socket = await socketUnit(':0')
    const config = { ...relayTo('127.0.0.1:1'), listeners: [listener('web', `[::]${at(socket)}`)] }
    expect(await refused(activated(config, [socket]))).toContain(`LISTEN_FDS: a socket on ${at(socket)} was passed`)
  })

  test('there are fewer names than sockets', async () => {
    const sockets = [await socketUnit('127.0.0.1:0'), await socketUnit('127.0.0.1:0')]
    expect(await refused(activated(relayTo('127.0.0.1:1'), sockets, { LISTEN_FDNAMES: 'web' }))).toBe(
      'LISTEN_FDNAMES: there are 1 names for 2 sockets\n',
    )
  })

  test('a descriptor is a connection (Accept=yes), or is not there', async () => {
    const socket = await socketUnit('127.0.0.1:0')
    const port = socket.address.kind === 'tcp' ? socket.address.port : 0
    const client = createConnection({ port, host: '127.0.0.1' })
    await until('it is connected', () => client.readyState === 'open')
    const { _handle: handle } = client as unknown as { _handle: ListeningSocket['handle'] }
    expect(await refused(activated(relayTo('127.0.0.1:1'), [{ ...socket, handle }]))).toBe(
      'LISTEN_FDS: descriptor 3 is a connection; it needs Accept=no\n',
    )
    client.destroy()
    expect(await refused(activated(relayTo('127.0.0.1:1'), [socket], { LISTEN_FDS: '2' }))).toMatch(
      /^LISTEN_FDS: descriptor 4 is no socket/,
    )
  })
})

test('sockets that were passed to another process are not touched, and the log says so', async () => {
  const socket = await socketUnit('127.0.0.1:0')
  const copyloop = await activated(relayTo(await echoServer()), [socket], {}, '1').serving()
  expect(copyloop.logged('the sockets of LISTEN_FDS were passed to process 1, and not to this one')).toBe(true)
  await visit(copyloop.address('web'))
})

test('where koffi cannot be loaded, they are served all the same', async () => {
  const path = join(newDirectory(), 'web.sock')
  const passed = [await socketUnit(':0'), await socketUnit(`unix:${path}`)]
  const listen = passed.map(at)
  const config = { ...relayTo(await echoServer()), engine: 'streams', listeners: [listener('web', listen)] }
  const copyloop = await activated(config, passed, withoutKoffi()).serving()
  expect(copyloop.addresses('web')).toEqual(listen)
  await visit(`127.0.0.1${listen[0]}`)
  await visit(`unix:${path}`)
})

describe('a reload', () => {
  test('keeps the socket of a listener that it keeps, and finds one again that it had left out', async () => {
    const [kept, gone] = [await socketUnit('127.0.0.1:0'), await socketUnit('127.0.0.1:0')]
    const both = { ...relayTo(await echoServer()), listeners: [listener('web', at(kept)), listener('api', at(gone))] }
    const one = { ...both, listeners: [listener('web', at(kept), { maxConnections: 5 })] }
    const directory = newDirectory()
    const file = writeConfig(both, directory)
    const copyloop = activated(undefined, [kept, gone], { COPYLOOP_CONFIG: file })
    await copyloop.serving()
    await visit(at(gone))
    for (const config of [one, both, one]) {
      writeConfig(config, directory)
      const answer = await copyloop.admin('/reload', { method: 'POST' })
      expect(await answer.json()).toMatchObject({ applied: true })
      await visit(at(kept))
      if (config === both) await visit(at(gone))
    }
    expect(copyloop.logged(`no listener has the socket on ${at(gone)} that systemd has passed`)).toBe(true)
  })

  test('may give it to a listener with another name, unless the socket has one', async () => {
    const [free, named] = [await socketUnit('127.0.0.1:0'), await socketUnit('127.0.0.1:0')]
    const directory = newDirectory()
    const config = (first: string, second: string) => ({
      upstreams: [{ name: 'app', servers: ['127.0.0.1:1'] }],
      listeners: [listener(first, at(free)), listener(second, at(named))],
    })
    writeConfig(config('web', 'api'), directory)
    const names = { LISTEN_FDNAMES: 'copyloop.socket:api', COPYLOOP_CONFIG: join(directory, 'copyloop.json') }
    const copyloop = await activated(undefined, [free, named], names).serving()
    writeConfig(config('www', 'api'), directory)
    expect((await copyloop.admin('/reload', { method: 'POST' })).status).toBe(200)
    writeConfig(config('www', 'rest'), directory)
    const answer = await copyloop.admin('/reload', { method: 'POST' })
    expect(answer.status).toBe(422)
    expect(await answer.text()).toContain('was passed as api, but it is of listener rest')
  })
})
