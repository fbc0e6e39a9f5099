/** What many edits of what is served cost. */
import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { closeAll, echoServer } from '../e2e/support/echo.ts'
import { runEditable } from '../e2e/support/editable.ts'
import { endAll, relayTo } from '../e2e/support/proxy.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

/** Milliseconds of CPU that a process has used, of all its threads (proc_pid_stat(5), fields 14 and 15, in ticks of 10 ms). */
const cpuMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const ofAll = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuMs(pid), 0)

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
