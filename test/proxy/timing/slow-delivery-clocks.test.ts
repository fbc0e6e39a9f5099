/** What the kernel still delivers is progress: a receiver that reads all the time, however slowly, is not cut. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES } from '../../support/engines.ts'
import { Random } from '../../support/random.ts'
import { until, within } from '../../support/until.ts'
import { WorkerHarness, type WorkerHarnessOptions } from '../../support/worker-harness.ts'

const MB = 1_000_000
const PACE = { bytes: 10_000, everyMs: 100 }
/** Three times as long as the clock that is tested. */
const SLOW_FOR_MS = 6_000

describe.each(ENGINES)('a client that reads 10 kB each 100 ms, engine $name', ({ open }) => {
  const engine = open()
  const harnesses: WorkerHarness[] = []
  beforeAll(() => {
    harnesses.length = 0
  })
  afterAll(async () => {
    for (const harness of harnesses) await harness.close()
  })

  const connect = async (timeouts: NonNullable<WorkerHarnessOptions['timeouts']>) => {
    const harness = await WorkerHarness.open(engine, { timeouts })
    harnesses.push(harness)
    const client = harness.slowReader(PACE)
    return { harness, client, upstream: await harness.served() }
  }

  /** The kernel has taken everything for the client, which has read only a part. */
  const allTaken = async ({ harness, client, upstream }: Awaited<ReturnType<typeof connect>>) => {
    await until('everything taken', () => harness.counts().bytesToClient === upstream.sent)
    expect(client.received).toBeLessThan(upstream.sent - 0.7 * MB)
  }

  test.concurrent('gets all of 20 MB with a stall timeout of 2 s', async () => {
    const { harness, client, upstream } = await connect({ stall: '2s' })
    const sending = upstream.sendAll(20 * MB, new Random(1))
    await pause(SLOW_FOR_MS)
    expect(harness.counts()).toMatchObject({ connectionsActive: 1, outcomes: {} })
    client.hurry()
    await sending
    upstream.fin()
    expect(await within('the FIN', client.ended)).toBe('FIN')
    expect(client.received).toBe(20 * MB)
    client.socket.end()
    expect(await harness.line('completed')).toMatchObject({ bytesToClient: 20 * MB })
  })

  test.concurrent('gets all of 1 MB and the FIN with a half-close timeout of 2 s', async () => {
    const connection = await connect({ halfClose: '2s' })
    const { harness, client, upstream } = connection
    await upstream.sendAll(MB, new Random(2))
    upstream.fin()
    await allTaken(connection)
    await pause(SLOW_FOR_MS)
    expect(harness.counts()).toMatchObject({ connectionsActive: 1, outcomes: {} })
    client.hurry()
    expect(await within('the FIN', client.ended)).toBe('FIN')
    expect(client.received).toBe(MB)
    client.socket.end()
    expect(await harness.line('completed')).toMatchObject({ bytesToClient: MB })
  })

  test.concurrent('gets all of 1 MB with an idle timeout of 2 s, and is idle only then', async () => {
    const connection = await connect({ idle: '2s' })
    const { harness, client, upstream } = connection
    await upstream.sendAll(MB, new Random(3))
    await allTaken(connection)
    await pause(SLOW_FOR_MS)
    expect(harness.counts()).toMatchObject({ connectionsActive: 1, outcomes: {} })
    client.hurry()
    await until('everything read', () => client.received === MB)
    const { lastReadMs } = client
    expect(await within('the end', client.ended)).toBe('ECONNRESET')
    // The kernel tells in whole milliseconds when the last byte was acknowledged.
    expect(performance.now() - lastReadMs).toBeGreaterThanOrEqual(2_000 - 5)
    expect(await harness.line('idleTimeout')).toMatchObject({ bytesToClient: MB })
  })

  test.concurrent.each([
    ['idleTimeout', { idle: '1s' }],
    ['halfCloseTimeout', { halfClose: '1s' }],
  ] as const)('ends as %s when it stops while the kernel holds bytes for it', async (outcome, timeouts) => {
    const connection = await connect(timeouts)
    const { harness, client, upstream } = connection
    await upstream.sendAll(MB, new Random(4))
    if (outcome === 'halfCloseTimeout') upstream.fin()
    await allTaken(connection)
    client.stop()
    const stoppedMs = performance.now()
    await harness.line(outcome)
    expect(performance.now() - stoppedMs).toBeGreaterThanOrEqual(900)
    // What is read late is not lost, and does not look complete.
    client.socket.resume()
  })
})
