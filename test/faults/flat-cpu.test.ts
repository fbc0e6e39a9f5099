import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { closeAll, echo, echoServer, open } from '../e2e/support/echo.ts'
import { type Copyloop, endAll, relayTo, run } from '../e2e/support/proxy.ts'
import { ENGINES } from '../support/engines.ts'
import { countDescriptorsOf, cpuMsOf } from '../support/limits.ts'
import { until } from '../support/until.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const FOR_MS = 2_000

/** CPU time that the only worker uses a second while nothing is done to it. A process that spins uses 1000. */
const cpuMsASecond = async (pid: number): Promise<number> => {
  const [before, sinceMs] = [cpuMsOf(pid), performance.now()]
  await pause(FOR_MS)
  return ((cpuMsOf(pid) - before) * 1_000) / (performance.now() - sinceMs)
}

const workerOf = async (copyloop: Copyloop): Promise<number> => (await copyloop.stats()).workers[0]?.pid ?? 0

/** Begins a flood that nobody reads, and waits until it stands still. */
const flood = async (socket: Socket): Promise<void> => {
  socket.pause()
  socket.write(Buffer.alloc(64 * 2 ** 20))
  let last = -1
  let sinceMs = 0
  await until('a flood that stands still', () => {
    if (socket.bytesWritten - socket.writableLength !== last) sinceMs = performance.now()
    last = socket.bytesWritten - socket.writableLength
    return performance.now() - sinceMs > 500
  })
}

describe.each(ENGINES)('connections that wait cost no CPU, engine $name', ({ name }) => {
  const start = async (timeouts: object, server?: string): Promise<Copyloop> => {
    const config = relayTo(server ?? (await echoServer()))
    const listeners = config.listeners.map((listener) => ({ ...listener, timeouts }))
    return run({ ...config, listeners, engine: name })
  }

  test('idle ones, and one that never said anything', async () => {
    const copyloop = await start({})
    const pid = await workerOf(copyloop)
    const [idle, silent] = [open(copyloop.address('web')), open(copyloop.address('web'))]
    await echo(idle, 'hello')
    await copyloop.untilStats('both', ({ totals }) => totals.connectionsActive === 2)
    expect(silent.destroyed).toBe(false)
    expect(await cpuMsASecond(pid)).toBeLessThan(100)
  })

  test('one whose reader has stopped, also after its own FIN, and both descriptors go when it stalls', async () => {
    const copyloop = await start({ stall: '6s' })
    const pid = await workerOf(copyloop)
    const base = countDescriptorsOf(pid)
    const client = open(copyloop.address('web'))
    // The echo of what is not read fills every buffer on the way.
    await flood(client)
    client.end()
    expect(await cpuMsASecond(pid)).toBeLessThan(100)
    const { totals } = await copyloop.untilStats('its end', ({ totals }) => totals.outcomes.stallTimeout === 1)
    expect(totals.connectionsActive).toBe(0)
    // Pipes of the pool may stay.
    await until('its descriptors are closed', () => countDescriptorsOf(pid) <= base + 4)
  })

  test('one whose timeout has just passed, and the worker after it', async () => {
    const copyloop = await start({ idle: '300ms' })
    const pid = await workerOf(copyloop)
    open(copyloop.address('web'))
    await copyloop.untilStats('its end', ({ totals }) => totals.outcomes.idleTimeout === 1)
    expect(await cpuMsASecond(pid)).toBeLessThan(100)
  })

  test('those whose PROXY header is to come, and the worker after them', async () => {
    const config = relayTo(await echoServer())
    const listeners = config.listeners.map((listener) => ({
      ...listener,
      acceptProxyProtocol: 'v2',
      timeouts: { preread: '4s' },
    }))
    const copyloop = await run({ ...config, listeners, engine: name })
    const pid = await workerOf(copyloop)
    const base = countDescriptorsOf(pid)
    const begin = Buffer.from('0d0a0d0a000d0a515549540a2111', 'hex')
    for (let count = 0; count < 50; count++) open(copyloop.address('web')).write(begin)
    await copyloop.untilStats('all', ({ totals }) => totals.connectionsActive === 50)
    expect(await cpuMsASecond(pid)).toBeLessThan(100)
    await copyloop.untilStats('their end', ({ totals }) => totals.outcomes.prereadTimeout === 50)
    expect(await cpuMsASecond(pid)).toBeLessThan(100)
    await until('their descriptors are closed', () => countDescriptorsOf(pid) <= base + 1)
  })
})
