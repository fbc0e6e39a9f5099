import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { closeAll, echo, echoServer, endOf, open, visit } from '../e2e/support/echo.ts'
import { type Copyloop, endAll, relayTo, run } from '../e2e/support/proxy.ts'
import { ENGINES } from '../support/engines.ts'
import { canLimit, countDescriptorsOf, cpuMsOf, leaveDescriptors, restoreDescriptors } from '../support/limits.ts'
import { within } from '../support/until.ts'

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
