import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { closeAll, echo, echoServer, endOf, open, visit } from '../e2e/support/echo.ts'
import { inWorkers } from '../e2e/support/preload.ts'
import { type Copyloop, endAll, relayTo, run } from '../e2e/support/proxy.ts'
import { ENGINES } from '../support/engines.ts'
import {
  canLimit,
  countDescriptorsOf,
  countPipesOf,
  cpuMsOf,
  leaveDescriptors,
  leaveNoDescriptor,
  restoreDescriptors,
} from '../support/limits.ts'
import { until, within } from '../support/until.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const title = canLimit() ? '' : ' (skipped: there is no prlimit here)'

describe.skipIf(!canLimit()).each(ENGINES)(`a worker without descriptors, engine $name${title}`, ({ name }) => {
  const start = async (): Promise<{ copyloop: Copyloop; pid: number }> => {
    const copyloop = await run({ ...relayTo(await echoServer()), engine: name })
    return { copyloop, pid: (await copyloop.stats()).workers[0]?.pid ?? 0 }
  }

  test('tells each client at once, does not spin, keeps the old ones, and accepts again when it can', async () => {
    const { copyloop, pid } = await start()
    const address = copyloop.address('web')
    const old = open(address)
    await echo(old, 'before')
    leaveDescriptors(pid, 0)
    const refused = Array.from({ length: 50 }, () => open(address))
    const ends = await within('their ends', Promise.all(refused.map(endOf)), 15_000)
    // libuv closes those that it cannot accept, the kernel engine resets them. None has had a byte.
    expect(ends.filter((end) => end !== 'FIN' && end !== 'ECONNRESET')).toEqual([])
    await echo(old, 'meanwhile')
    expect((await copyloop.admin('/healthz')).status).toBe(200)

    const [before, sinceMs] = [cpuMsOf(pid), performance.now()]
    const lateEnd = endOf(open(address))
    await pause(1_000)
    expect(cpuMsOf(pid) - before).toBeLessThan((performance.now() - sinceMs) / 2)
    await within('its end', lateEnd)
    restoreDescriptors(pid)
    await visit(address)
    await echo(old, 'after')
    old.end()
    await once(old, 'close')
    const stats = await copyloop.untilStats('all ended', ({ totals }) => totals.outcomes.completed === 2)
    // libuv takes and closes clients by itself, and says nothing of it.
    if (name === 'streams') return
    expect(stats.totals.outcomes.resourceExhausted).toBe(51)
    expect(copyloop.log.some(({ msg, error }) => msg.startsWith('cannot accept') && error === 'EMFILE')).toBe(true)
  })

  test('moves bulk without pipes when there is no descriptor for one', async () => {
    const { copyloop, pid } = await start()
    const base = countDescriptorsOf(pid)
    const socket = open(copyloop.address('web'))
    await echo(socket, 'hello')
    leaveDescriptors(pid, 0)
    const bytes = 64 * 2 ** 20
    let received = 0
    socket.on('data', (piece) => {
      received += piece.length
    })
    socket.end(Buffer.alloc(bytes, 'abc'))
    await within('the FIN', once(socket, 'end'), 20_000)
    expect(received).toBe(bytes)
    expect(countDescriptorsOf(pid)).toBeLessThanOrEqual(base + 2)
    const { totals } = await copyloop.untilStats('its end', ({ totals }) => totals.outcomes.completed === 1)
    expect(totals).toMatchObject({ outcomes: { completed: 1 }, bytesToUpstream: bytes + 5, bytesToClient: bytes + 5 })
  })
})

test.skipIf(!canLimit())(
  `a worker of the kernel engine says once that a client waits, however often it tries again${title}`,
  async () => {
    const copyloop = await run({ ...relayTo(await echoServer()), engine: 'kernel' })
    const pid = (await copyloop.stats()).workers[0]?.pid ?? 0
    leaveNoDescriptor(pid)
    const waiting = open(copyloop.address('web'))
    const lines = () => copyloop.log.filter(({ msg }) => msg.startsWith('cannot accept'))
    await until('a line', () => lines().length > 0)
    await pause(2_500)
    expect(lines()).toHaveLength(1)
    restoreDescriptors(pid)
    await echo(waiting, 'at last')
  },
)

/** Sends so many bytes and waits until they are back. */
const echoBulk = async (socket: Socket, bytes: number): Promise<void> => {
  let received = 0
  const back = new Promise<void>((resolve) => {
    socket.on('data', (piece) => {
      received += piece.length
      if (received === bytes) resolve()
    })
  })
  socket.write(Buffer.alloc(bytes, 'abc'))
  await within('the bytes', back, 20_000)
  socket.removeAllListeners('data')
}

test.skipIf(!canLimit())(
  `a worker of the kernel engine keeps no idle pipe from a connection that needs a descriptor${title}`,
  async () => {
    const copyloop = await run({ ...relayTo(await echoServer()), engine: 'kernel' })
    const address = copyloop.address('web')
    const pid = (await copyloop.stats()).workers[0]?.pid ?? 0
    const pipes = countPipesOf(pid)
    // It stays: pipes that are numbered above what it leaves would be of no use below the limit.
    const bulk = open(address)
    for (const free of [0, 1]) {
      // For a second after it ran out none is made.
      while (countPipesOf(pid) === pipes) await echoBulk(bulk, 16 * 2 ** 20)
      // Without one it is accept that finds none, with one the dial.
      leaveDescriptors(pid, free)
      await visit(address)
      restoreDescriptors(pid)
      expect(countPipesOf(pid)).toBe(pipes)
    }
  },
)

test.skipIf(!canLimit())(
  `a worker of the streams engine refuses those for whom descriptors would not suffice${title}`,
  async () => {
    const limit = `require('node:child_process').spawnSync('prlimit', ['--pid=' + process.pid, '--nofile=128:128'])`
    const listeners = ['one', 'other'].map((name) => ({ name, listen: '127.0.0.1:0', upstream: 'app' }))
    const config = { ...relayTo(await echoServer()), listeners, engine: 'streams' }
    const copyloop = await run(config, inWorkers(limit))
    // 128 less a reserve of 64, two a connection, whichever listener they come to.
    const living = Array.from({ length: 32 }, (_, count) => open(copyloop.address(count % 2 ? 'one' : 'other')))
    await Promise.all(living.map((socket) => echo(socket, 'hello')))
    const refused = Array.from({ length: 300 }, () => open(copyloop.address('one')))
    const ends = await within('their ends', Promise.all(refused.map(endOf)))
    expect(new Set(ends)).toEqual(new Set(['ECONNRESET']))
    await Promise.all(living.map((socket) => echo(socket, 'still here')))

    living[0]?.end()
    const completed = (count: number) =>
      copyloop.untilStats(`${count} completed`, ({ totals }) => totals.outcomes.completed === count)
    await completed(1)
    await visit(copyloop.address('one'))
    expect((await completed(2)).totals.outcomes).toEqual({ completed: 2, resourceExhausted: 300 })
    const lines = () => copyloop.log.filter(({ outcome }) => outcome === 'resourceExhausted')
    await until('every line', () => lines().length === 300)
    expect(lines()[0]).toMatchObject({ phase: 'admit', endedBy: 'proxy', error: 'EMFILE' })
  },
)
