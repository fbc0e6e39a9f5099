import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { ask, closeRaw, rawly } from './support/admin.ts'
import { closeAll, echoServer, endOf, open, visit } from './support/echo.ts'
import { endAll, relayTo, run } from './support/proxy.ts'

afterEach(async () => {
  closeRaw()
  await endAll()
  await closeAll()
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
    reloads: { applied: 0, refused: 0 },
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
            backup: false,
            maxConnections: null,
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
  const head = (line: string, more = '') =>
    `${line} HTTP/1.1\r\nHost: ${copyloop.adminAddress}\r\nConnection: close\r\n${more}\r\n`
  const chunked = head('PUT /log/level', 'Transfer-Encoding: chunked\r\n')
  expect(await rawly(copyloop, `${chunked}11\r\n{"level":"debug"}\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /)
  expect(await rawly(copyloop, head('PUT /log/level'))).toMatch(/^HTTP\/1.1 400 /)
  expect(await rawly(copyloop, head('DELETE /stats'))).toMatch(/^HTTP\/1.1 405 /)
  const endless = `${(65_000).toString(16)}\r\n${'x'.repeat(65_000)}\r\n`
  expect(await rawly(copyloop, chunked + endless.repeat(2))).toMatch(/^HTTP\/1.1 413 /)
})

test('a request that was sent to another host is refused', async () => {
  const copyloop = await run(relayTo())
  expect((await ask(copyloop, '/stats')).status).toBe(200)
  expect((await ask(copyloop, '/stats', { host: 'rebound.example.test' })).status).toBe(403)
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
