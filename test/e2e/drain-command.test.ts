/** Draining by `copyloop drain` and `POST /drain`. */
import { afterEach, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { command } from './support/admin.ts'
import { closeAll, echo, echoServer, endOf, open } from './support/echo.ts'
import { endAll, newDirectory, relayTo, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

test('POST /drain does what SIGTERM does, and answers how long it may take; again, it stops at once', async () => {
  const times = { drainDelay: '100ms', drainTimeout: '20s', drainSpread: '5s' }
  const copyloop = await run({ ...relayTo(await echoServer()), ...times })
  const socket = open(copyloop.address('web'))
  await echo(socket, 'hello')
  const answer = await copyloop.admin('/drain', { method: 'POST' })
  expect([answer.status, await answer.json()]).toEqual([
    200,
    {
      draining: true,
      atOnce: false,
      drainDelayMs: 100,
      drainTimeoutMs: 20_000,
      drainSpreadMs: 5_000,
      endsWithinMs: 28_100,
    },
  ])
  expect((await copyloop.admin('/readyz')).status).toBe(503)
  await until('it drains', () => copyloop.logged('POST /drain: draining for at most 20 s; the rest is reset over 5 s'))
  await echo(socket, 'still here')
  const end = endOf(socket)
  const again = await copyloop.admin('/drain', { method: 'POST' })
  expect(await again.json()).toMatchObject({ draining: true, atOnce: true, endsWithinMs: 3_000 })
  expect(await copyloop.exited).toBe(0)
  expect(await end).toBe('ECONNRESET')
})

test('GET /drain changes nothing, and neither does the page of another origin', async () => {
  const copyloop = await run(relayTo(await echoServer()))
  expect((await copyloop.admin('/drain')).status).toBe(405)
  const foreign = await copyloop.admin('/drain', { method: 'POST', headers: { origin: 'http://elsewhere.test' } })
  expect(foreign.status).toBe(403)
  expect((await copyloop.stats()).draining).toBe(false)
})

test('copyloop drain says what it did and how long it may take, and returns while connections live', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), drainTimeout: '1m' })
  const socket = open(copyloop.address('web'))
  await echo(socket, 'hello')
  const { code, stdout, stderr } = await command(['drain', '--admin', copyloop.adminAddress])
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: 'copyloop drains: open connections have 1m to finish; it ends within 63s\n',
    stderr: '',
  })
  await echo(socket, 'still here')
  const again = await command(['drain', '--admin', copyloop.adminAddress])
  expect(again.stdout).toBe('copyloop was draining: it stops at once, open connections are cut short\n')
  expect(await copyloop.exited).toBe(0)
  const { code: late, stderr: refusal } = await command(['drain', '--admin', copyloop.adminAddress])
  expect(late).toBe(1)
  expect(refusal).toContain('nothing listens on')
})

test.each(['tcp', 'unix'])('copyloop drain --wait returns once it has stopped, the admin on %s', async (kind) => {
  const listen = kind === 'unix' ? `unix:${newDirectory()}/admin.sock` : '127.0.0.1:0'
  const copyloop = await run({ ...relayTo(await echoServer()), admin: { listen } })
  const socket = open(copyloop.address('web'))
  await echo(socket, 'hello')
  const waiting = command(['drain', '--wait', '--admin', copyloop.adminAddress])
  await until('it drains', () => copyloop.logged('POST /drain: draining'))
  await echo(socket, 'still here')
  socket.end()
  const { code, stdout } = await waiting
  expect([code, stdout.split('\n')[1]]).toEqual([0, 'copyloop has stopped'])
  expect(await copyloop.exited).toBe(0)
})
