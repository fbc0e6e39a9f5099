/** What many edits of what is served cost. */
import { afterEach, expect, test } from 'vitest'
import { closeAll, echoServer } from '../e2e/support/echo.ts'
import { runEditable } from '../e2e/support/editable.ts'
import { endAll, relayTo } from '../e2e/support/proxy.ts'
import { cpuMsOf } from '../support/limits.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const ofAll = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0)

test('1,000 edits a second to 4 workers cost little, and each serves the last of them', async () => {
  const server = await echoServer()
  const copyloop = await runEditable({ ...relayTo(server), workers: 4 })
  const workers = (await copyloop.stats()).workers.map(({ pid }) => pid)
  const percentOf = async (work: () => Promise<unknown>): Promise<number> => {
    const before = ofAll([copyloop.pid, ...workers])
    await work()
    return (ofAll([copyloop.pid, ...workers]) - before) / 50
  }
  const storm = (idly = false) =>
    copyloop.edit('storm', { upstream: 'app', name: server, count: 5_000, withinMs: 5_000, idly })
  // V8 has compiled it by then, and what five processes cost in which nothing is edited is known.
  await storm()
  const idle = await percentOf(() => storm(true))
  const percent = (await percentOf(() => storm())) - idle
  await copyloop.untilServed()
  const { stateVersion } = await copyloop.stats()
  expect(stateVersion).toBe(10_001)
  // Less than 5 on a quiet machine. The same work takes more CPU where others use the caches.
  expect(percent).toBeLessThan(10)
}, 60_000)
