/** Small bursts of clients are spread over the workers of the kernel engine, on a machine that lets both of them run. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { closeAll, echo, echoServer, open } from '../e2e/support/echo.ts'
import { type Copyloop, endAll, relayTo, run } from '../e2e/support/proxy.ts'
import { waitedForCoreMs } from '../support/core-wait.ts'

afterEach(async () => {
  await endAll()
  await closeAll()
})

const BURST = 20
const WANTED_BURSTS = 15
/** A worker that had to wait this long for a core could not take its share: what a burst came to says nothing of us. */
const LONGEST_WAIT_MS = 5
const MOST_MS = 60_000

/** What each worker serves, once all `living` connections are reported. */
const loads = async (copyloop: Copyloop, living: number): Promise<number[]> => {
  const { workers } = await copyloop.untilStats(
    `${living} connections are reported`,
    (latest) => latest.workers.reduce((total, worker) => total + worker.connectionsActive, 0) === living,
  )
  return workers.map((worker) => worker.connectionsActive)
}

describe.runIf(process.platform === 'linux')('over 2 workers of the kernel engine', () => {
  test('twenty connections at once are spread: the fuller worker has 13 at most, in most bursts', async () => {
    const copyloop = await run({ ...relayTo(await echoServer()), workers: 2, engine: 'kernel' })
    const address = copyloop.address('web')
    const pids = (await copyloop.stats()).workers.map(({ pid }) => pid)
    const fullest: number[] = []
    const waits: string[] = []
    for (const began = Date.now(); fullest.length < WANTED_BURSTS && Date.now() - began < MOST_MS; ) {
      const before = pids.map(waitedForCoreMs)
      const sockets = Array.from({ length: BURST }, () => open(address))
      await Promise.all(sockets.map((socket) => echo(socket, 'hello')))
      const wait = Math.max(...pids.map((pid, index) => waitedForCoreMs(pid) - (before[index] ?? 0)))
      const fuller = Math.max(...(await loads(copyloop, BURST)))
      waits.push(`${fuller} (${wait.toFixed(1)} ms)`)
      if (wait <= LONGEST_WAIT_MS) fullest.push(fuller)
      for (const socket of sockets) socket.end()
      await loads(copyloop, 0)
      await pause(20)
    }
    const said = `the fuller worker's of ${BURST}, and how long a worker waited for a core: ${waits.join(', ')}`
    expect(fullest.length, said).toBe(WANTED_BURSTS)
    const median = fullest.toSorted((one, other) => one - other)[WANTED_BURSTS >> 1]
    expect(median, said).toBeLessThanOrEqual(13)
  }, 90_000)
})
