/** The phases of a stop: how long clients are accepted, who is still served, and how the rest ends. */
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { until } from '../support/until.ts'
import { closeAll, echo, echoServer, endOf, fate, open, visit } from './support/echo.ts'
import { type Copyloop, endAll, relayTo, run } from './support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const drained = (copyloop: Copyloop) => copyloop.log.find(({ msg }) => msg.startsWith('drained:'))

const opened = async (copyloop: Copyloop, count: number): Promise<Socket[]> => {
  const sockets = Array.from({ length: count }, () => open(copyloop.address('web')))
  await Promise.all(sockets.map((socket) => echo(socket, 'hello')))
  return sockets
}

/** When each of them has ended, in ms from now. */
const endTimes = (sockets: readonly Socket[]): Promise<number[]> => {
  const beganMs = performance.now()
  return Promise.all(sockets.map((socket) => endOf(socket).then(() => performance.now() - beganMs)))
}

describe.each(ENGINES)('engine $name', ({ name: engine }) => {
  test.each([1, 2])(
    '40 clients that wait to be accepted when it is stopped are served, with %i workers',
    async (workers) => {
      const copyloop = await run({ ...relayTo(await echoServer()), engine, workers })
      const { workers: before } = await copyloop.stats()
      // Nobody accepts meanwhile: the clients wait in the kernel's queue.
      for (const { pid } of before) process.kill(pid, 'SIGSTOP')
      const clients = Array.from({ length: 40 }, () => open(copyloop.address('web')))
      const fates = clients.map(fate)
      await until('all are connected', () => clients.every(({ readyState }) => readyState === 'open'))
      copyloop.signal('SIGTERM')
      await until('it drains', () => copyloop.logged('draining'))
      for (const { pid } of before) process.kill(pid, 'SIGCONT')
      expect(await Promise.all(fates)).toEqual(Array(40).fill('served'))
      for (const client of clients) client.end()
      expect(await copyloop.exited).toBe(0)
      expect(drained(copyloop)).toMatchObject({ endedByThemselves: 40, cutShort: 0 })
    },
  )

  test('of the clients that keep coming while it is stopped none is reset', async () => {
    const copyloop = await run({ ...relayTo(await echoServer()), engine, workers: 2 })
    const results = new Set<string>()
    let over = false
    const visitor = async (): Promise<void> => {
      while (!over) {
        const socket = open(copyloop.address('web'))
        results.add(await fate(socket))
        socket.destroy()
      }
    }
    const visitors = Array.from({ length: 10 }, visitor)
    await copyloop.untilStats('they come', ({ totals }) => totals.connectionsAccepted > 100)
    copyloop.signal('SIGTERM')
    expect(await copyloop.exited).toBe(0)
    over = true
    await Promise.all(visitors)
    expect([...results].toSorted()).toEqual(['ECONNREFUSED', 'served'])
  })

  test('with drainSpread what remains is reset one after another, as drained', async () => {
    const times = { drainTimeout: '200ms', drainSpread: '2s' }
    const copyloop = await run({ ...relayTo(await echoServer()), engine, ...times })
    const sockets = await opened(copyloop, 20)
    const ends = Promise.all(sockets.map(endOf))
    const atMs = endTimes(sockets)
    copyloop.signal('SIGTERM')
    const endedAtMs = (await atMs).toSorted((one, other) => one - other)
    expect(await copyloop.exited).toBe(0)
    expect(new Set(await ends)).toEqual(new Set(['ECONNRESET']))
    expect(drained(copyloop)).toMatchObject({ endedByThemselves: 0, cutShort: 20 })
    expect(copyloop.log.filter(({ outcome }) => outcome === 'drained')).toHaveLength(20)
    const [first = 0, last = 0] = [endedAtMs[0], endedAtMs.at(-1)]
    expect(last - first).toBeGreaterThan(1_500)
    // A pause longer than a quarter of the time would be a burst.
    const pauses = endedAtMs.slice(1).map((ms, index) => ms - (endedAtMs[index] ?? 0))
    expect(Math.max(...pauses)).toBeLessThan(500)
  })
})

test('with drainDelay it is not ready at once, and goes on accepting for so long', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), drainDelay: '1s', drainTimeout: '5s' })
  const [living] = await opened(copyloop, 1)
  copyloop.signal('SIGTERM')
  await until('it says so', () => copyloop.logged('SIGTERM: not ready any more; accepting goes on for 1 s'))
  const ready = await copyloop.admin('/readyz')
  expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reason: 'draining' }])
  expect((await copyloop.stats()).draining).toBe(true)
  await visit(copyloop.address('web'))
  await until('it drains', () => copyloop.logged('SIGTERM: draining for at most 5 s'))
  expect(await endOf(open(copyloop.address('web')))).toBe('ECONNREFUSED')
  if (living) await echo(living, 'still here')
  living?.end()
  expect(await copyloop.exited).toBe(0)
  expect(drained(copyloop)).toMatchObject({ endedByThemselves: 1, cutShort: 0 })
})

test('a worker that dies in the drainDelay is replaced', async () => {
  const copyloop = await run({ ...relayTo(await echoServer()), drainDelay: '2s' })
  const [worker] = (await copyloop.stats()).workers
  copyloop.signal('SIGTERM')
  await until('it says so', () => copyloop.logged('accepting goes on'))
  process.kill(worker?.pid ?? 0, 'SIGKILL')
  await visit(copyloop.address('web'))
  expect(await copyloop.exited).toBe(0)
})

test.each([
  ['drainDelay', { drainDelay: '1m' }, 'accepting goes on'],
  ['drainTimeout', { drainTimeout: '1m' }, 'draining for'],
  ['drainSpread', { drainTimeout: '0s', drainSpread: '1m' }, '"outcome":"drained"'],
])('a second request stops at once while %s lasts', async (_, times, sign) => {
  const copyloop = await run({ ...relayTo(await echoServer()), ...times, workers: 2 })
  const sockets = await opened(copyloop, 10)
  const ends = Promise.all(sockets.map(endOf))
  copyloop.signal('SIGTERM')
  await until('that phase', () => copyloop.stdout.includes(sign))
  const beganMs = performance.now()
  copyloop.signal('SIGTERM')
  expect(await copyloop.exited).toBe(0)
  expect(performance.now() - beganMs).toBeLessThan(3_000)
  expect(new Set(await ends)).toEqual(new Set(['ECONNRESET']))
  expect(drained(copyloop)).toMatchObject({ endedByThemselves: 0, cutShort: 10 })
})
