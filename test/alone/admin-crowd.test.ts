/** What clients of the admin do to those of the proxy. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { adminTarget, ask } from '../e2e/support/admin.ts'
import { closeAll, echoServer, visit } from '../e2e/support/echo.ts'
import { endAll, relayTo, run } from '../e2e/support/proxy.ts'
import { type Crowd, gatherCrowd } from '../support/crowd.ts'

let crowd: Crowd | undefined
afterEach(async () => {
  await crowd?.leave()
  await endAll()
  await closeAll()
})

const TURNS = 5
const VISITS = 200
const CROWD = 1_000
/** A quarter each: only opened, slow headers, slow body, kept alive. */
const TEXTS = [
  '',
  'GET /stats HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
  'PUT /log/level HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{',
  'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
]

const at = (part: number, numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length * part)] ?? 0

test('1,000 slow and idle clients of the admin, which come back, slow down neither the proxy nor the admin', async () => {
  const copyloop = await run(relayTo(await echoServer()))
  /** The 99th percentile of how long short connections through the proxy take, one after the other. */
  const p99 = async (): Promise<number> => {
    const times: number[] = []
    while (times.length < VISITS) {
      const sinceMs = performance.now()
      await visit(copyloop.address('web'))
      times.push(performance.now() - sinceMs)
      await pause(2)
    }
    return at(0.99, times)
  }
  await p99()
  const alone: number[] = []
  const crowded: number[] = []
  for (let turn = 0; turn < TURNS; turn++) {
    alone.push(await p99())
    const sinceMs = performance.now()
    crowd = await gatherCrowd(adminTarget(copyloop), CROWD, TEXTS)
    crowded.push(await p99())
    expect((await ask(copyloop, '/healthz')).status).toBe(200)
    // Whoever is closed at once comes back at once: that is what would cost the primary its time.
    expect(crowd.opened).toBeLessThanOrEqual((CROWD * (performance.now() - sinceMs)) / 1_000 + CROWD)
    await crowd.leave()
  }
  const figures = `p99 in ms alone: ${alone.map(Math.round)}, with the crowd: ${crowded.map(Math.round)}`
  // They are equal on a machine that does nothing else. Others who use it make either twice the other.
  expect(at(0.5, crowded), figures).toBeLessThan(4 * at(0.5, alone) + 50)
}, 120_000)
