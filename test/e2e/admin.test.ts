import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { parseAddress } from '../../src/config/fields/address.ts'
import { until } from '../support/until.ts'
import { closeAll, echoServer, endOf, open, visit } from './support/echo.ts'
import { type Copyloop, endAll, relayTo, run } from './support/proxy.ts'

const sockets = new Set<Socket>()

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await endAll()
  await closeAll()
})

const adminAddress = (copyloop: Copyloop) => {
  const address = parseAddress(copyloop.adminAddress)
  if (address.kind === 'unix') throw new Error('the admin is on a port')
  return { host: address.host, port: address.port }
}

/** A connection to the admin that sends exactly this text, and what came back until its end. */
const rawly = (copyloop: Copyloop, text: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = ''
    const socket = connect(adminAddress(copyloop), () => socket.write(text))
    sockets.add(socket)
    socket.on('data', (piece) => {
      answer += piece
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })

/** fetch does not let its caller choose Host. */
const statusFor = (copyloop: Copyloop, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request({ ...adminAddress(copyloop), path: '/stats', headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .on('error', reject)
      .end()
  })

test('/stats has the shape that scripts rely on', async () => {
  const upstream = await echoServer()
  const copyloop = await run({ ...relayTo(upstream), workers: 2 })
  await visit(copyloop.address('web'))
  const stats = await copyloop.untilStats('it has ended', ({ totals }) => totals.outcomes.completed === 1)
  const counts = {
    connectionsAccepted: 1,
    connectionsActive: 0,
    bytesToUpstream: 5,
    bytesToClient: 5,
    outcomes: { completed: 1 },
  }
  expect(stats).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    uptimeSeconds: expect.any(Number),
    logLinesLost: 0,
    stateVersion: 1,
    draining: false,
    engine: expect.stringMatching(/^(streams|kernel)$/),
    totals: counts,
    listeners: { web: counts },
    upstreams: {
      app: {
        queued: 0,
        servers: {
          [upstream]: {
            state: 'unchecked',
            stateReason: 'its upstream has no checks',
            weight: 1,
            queued: 0,
            checks: { passed: 0, failed: 0 },
            stateChanges: {},
            lastCheckMs: null,
            ejectedForMs: null,
            connectionsActive: 0,
            connectionsTotal: 1,
            dialFailures: 0,
            bytesToUpstream: 5,
            bytesToClient: 5,
          },
        },
      },
    },
    workers: [1, 2].map((id) => ({
      id,
      pid: expect.any(Number),
      state: 'serving',
      engine: stats.engine,
      stateVersion: 1,
      connectionsActive: 0,
      rssBytes: expect.any(Number),
      eventLoopDelayP99Ms: expect.any(Number),
    })),
  })
})

test('the log level is set in all processes, and in those that come later', async () => {
  const copyloop = await run({ ...relayTo('127.0.0.1:1'), log: { access: false } })
  const setLevel = (level: string) => copyloop.admin('/log/level', { method: 'PUT', body: JSON.stringify({ level }) })
  const dialFailures = () => copyloop.log.filter(({ msg }) => msg === 'dial failed').length
  /** A worker logs a failed dial at level debug only. */
  const untilLogged = async (count: number) => {
    await expect
      .poll(async () => {
        await endOf(open(copyloop.address('web')))
        return dialFailures()
      })
      .toBeGreaterThanOrEqual(count)
  }
  expect((await setLevel('debug')).status).toBe(200)
  await untilLogged(1)
  const [worker] = (await copyloop.stats()).workers
  process.kill(worker?.pid ?? 0, 'SIGKILL')
  await until('the primary logs at that level', () => copyloop.logged('worker serves'))
  const before = dialFailures()
  await untilLogged(before + 1)
})

test('a body may come without its length, in chunks or not at all', async () => {
  const copyloop = await run(relayTo(await echoServer()))
  const { host, port } = adminAddress(copyloop)
  const head = (line: string, more = '') =>
    `${line} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n${more}\r\n`
  const chunked = head('PUT /log/level', 'Transfer-Encoding: chunked\r\n')
  expect(await rawly(copyloop, `${chunked}11\r\n{"level":"debug"}\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /)
  expect(await rawly(copyloop, head('PUT /log/level'))).toMatch(/^HTTP\/1.1 400 /)
  expect(await rawly(copyloop, head('DELETE /stats'))).toMatch(/^HTTP\/1.1 405 /)
  const endless = `${(65_000).toString(16)}\r\n${'x'.repeat(65_000)}\r\n`
  expect(await rawly(copyloop, chunked + endless.repeat(2))).toMatch(/^HTTP\/1.1 413 /)
})

test('a request that was sent to another host is refused', async () => {
  const copyloop = await run(relayTo())
  expect(await statusFor(copyloop, {})).toBe(200)
  expect(await statusFor(copyloop, { host: 'rebound.example.test' })).toBe(403)
})

test('slow headers and slow bodies are given up after 5 s, and the admin answers meanwhile', async () => {
  const copyloop = await run(relayTo())
  const startedAtMs = performance.now()
  const slow = [
    rawly(copyloop, ''),
    rawly(copyloop, 'GET /stats HTTP/1.1\r\nHost: localhost\r\nX-Slow: '),
    rawly(copyloop, 'PUT /log/level HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"level":'),
  ]
  expect((await copyloop.admin('/healthz')).status).toBe(200)
  for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^(HTTP\/1\.1 408 |$)/)
  expect(performance.now() - startedAtMs).toBeLessThan(9_000)
  expect(copyloop.stderr).toBe('')
})

test('what is no HTTP is refused without a word in the log', async () => {
  const copyloop = await run(relayTo())
  expect(await rawly(copyloop, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  expect(await rawly(copyloop, 'GET /stats HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  expect(await rawly(copyloop, 'GET /stats HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 4/,
  )
  expect(copyloop.stderr).toBe('')
  expect(copyloop.log.filter(({ level }) => level > 40)).toEqual([])
})

test.each([
  { what: 'only opened', text: '' },
  { what: 'without the end of their headers', text: 'GET /stats HTTP/1.1\r\nHost: localhost\r\nX-Slow: ' },
  { what: 'without their bodies', text: 'PUT /log/level HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{' },
  { what: 'kept alive after an answer', text: 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n' },
])('200 connections that are $what do not keep the admin from answering', async ({ text }) => {
  const copyloop = await run(relayTo())
  let closed = 0
  for (let count = 0; count < 200; count++) void rawly(copyloop, text).then(() => closed++)
  await until('all but 64 are closed', () => closed >= 200 - 64)
  for (let count = 0; count < 5; count++) expect((await copyloop.admin('/healthz')).status).toBe(200)
  expect(copyloop.log.filter(({ level }) => level > 40)).toEqual([])
})

test('a request whose client leaves in the middle of its body is no error of the admin', async () => {
  const copyloop = await run(relayTo())
  const head = 'PUT /log/level HTTP/1.1\r\nHost: localhost\r\n'
  for (const more of ['Content-Length: 99\r\n\r\n{', 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"lev']) {
    for (const end of ['destroy', 'resetAndDestroy', 'end'] as const) {
      const socket = connect(adminAddress(copyloop))
        .on('error', () => {})
        .resume()
      sockets.add(socket)
      await new Promise((resolve) => socket.write(head + more, resolve))
      // The admin has it once it answers another.
      await copyloop.admin('/healthz')
      socket[end]()
      await new Promise((resolve) => socket.once('close', resolve))
    }
  }
  expect((await copyloop.admin('/healthz')).status).toBe(200)
  expect(copyloop.log.filter(({ level }) => level > 40)).toEqual([])
  expect(copyloop.stderr).toBe('')
})

test('1000 connections to the admin leave the proxy alone, and the admin answers meanwhile', async () => {
  const copyloop = await run(relayTo(await echoServer()))
  let closed = 0
  for (let count = 0; count < 1000; count++) {
    const socket = connect(adminAddress(copyloop))
    sockets.add(socket)
    socket
      .on('error', () => {})
      .on('close', () => {
        closed += 1
      })
  }
  await until('all but 64 are closed', () => closed >= 1000 - 64)
  await visit(copyloop.address('web'))
  expect((await copyloop.admin('/healthz')).status).toBe(200)
  for (const socket of sockets) socket.destroy()
  await until('all are closed', () => closed === 1000)
  await expect.poll(async () => (await copyloop.admin('/healthz').catch(() => undefined))?.status).toBe(200)
})
