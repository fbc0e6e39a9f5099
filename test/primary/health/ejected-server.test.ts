import { expect, test } from 'vitest'
import { EjectedServer } from '../../../src/primary/health/ejected-server.ts'
import { MoodyServer } from '../../support/moody-server.ts'
import { until } from '../../support/until.ts'

const FOR_MS = 100
const TIMEOUT_MS = 100

test('a trial during which this process did not run says nothing of the server, and is made again', async () => {
  const server = await MoodyServer.open('stall')
  const counts = { trials: 0, waits: 0, failed: 0 }
  const address = { kind: 'tcp', host: '127.0.0.1', port: Number(server.address.split(':').at(-1)) } as const
  const ejected = new EjectedServer({
    trial: () => {
      counts.trials += 1
      return { address, plan: { timeoutMs: TIMEOUT_MS, expect: 'PONG' } }
    },
    nextInMs: () => {
      counts.waits += 1
      return FOR_MS
    },
    onPassed: () => {},
    onFailed: () => {
      counts.failed += 1
    },
  })
  try {
    await until('the first trial', () => counts.trials === 1)
    const standsUntilMs = performance.now() + 10 * TIMEOUT_MS
    while (performance.now() < standsUntilMs);
    await until('the next one', () => counts.trials === 2)
    expect(counts).toEqual({ trials: 2, waits: 1, failed: 0 })
    await until('one that the server fails', () => counts.failed === 1)
    expect(counts).toMatchObject({ trials: 2, waits: 2 })
  } finally {
    ejected.end()
    await server.close()
  }
})
