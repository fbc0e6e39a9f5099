import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Endpoint } from '../../support/endpoint.ts'
import { ENGINES } from '../../support/engines.ts'
import { Random } from '../../support/random.ts'
import { within } from '../../support/until.ts'
import { WorkerHarness, type WorkerHarnessOptions } from '../../support/worker-harness.ts'
import { expectCut } from '../outcomes/outcome-case.ts'

const MIB = 2 ** 20

/** The pace of a slow but living side: it is what is tested, not a wait for something. */
const sendSlowly = async (sender: Endpoint, bytes: number): Promise<void> => {
  for (let sent = 0; sent < bytes; sent++) {
    await pause(1_000)
    sender.send(1)
  }
}

// The connections of one engine are slow at the same time: each has a worker of its own.
describe.each(ENGINES)('clocks on a slow but living connection, engine $name', ({ open }) => {
  const engine = open()
  const harnesses: WorkerHarness[] = []

  const connect = async (timeouts: NonNullable<WorkerHarnessOptions['timeouts']>) => {
    const harness = await WorkerHarness.open(engine, { timeouts })
    harnesses.push(harness)
    return { harness, ...(await harness.connect()) }
  }

  const expectCompleted = async ({ harness, client, upstream }: Awaited<ReturnType<typeof connect>>) => {
    client.fin()
    upstream.fin()
    const [atClient, atServer] = await within('both FINs', Promise.all([client.receivedAll, upstream.receivedAll]))
    expect([atClient, atServer, client.wrongAt, upstream.wrongAt]).toEqual(['FIN', 'FIN', undefined, undefined])
    const line = await harness.line('completed')
    expect(line).toMatchObject({ bytesToUpstream: client.sent, bytesToClient: upstream.sent })
  }

  beforeAll(() => {
    harnesses.length = 0
  })
  afterAll(async () => {
    for (const harness of harnesses) await harness.close()
  })

  test.concurrent('one byte a second to the server lives on with an idle timeout of 2 s', async () => {
    const connection = await connect({ idle: '2s' })
    await sendSlowly(connection.client, 5)
    await expectCompleted(connection)
  })

  test.concurrent('one byte a second to the client lives on with an idle timeout of 2 s', async () => {
    const connection = await connect({ idle: '2s' })
    await sendSlowly(connection.upstream, 5)
    await expectCompleted(connection)
  })

  test.concurrent('after its last byte it has the whole idle timeout', async () => {
    const { harness, client, upstream } = await connect({ idle: '2s' })
    await sendSlowly(client, 3)
    const lastMs = performance.now()
    client.send(1)
    await expectCut(upstream)
    expect(performance.now() - lastMs).toBeGreaterThanOrEqual(2_000)
    expect((await harness.line('idleTimeout')).bytesToUpstream).toBe(4)
  })

  test.concurrent('a reader that takes a little twice a second lives on with a stall timeout of 2 s', async () => {
    const connection = await connect({ stall: '2s' })
    const { client, upstream } = connection
    client.pause()
    const sending = upstream.sendAll(32 * MIB, new Random(2))
    for (let takes = 0; takes < 10; takes++) {
      await pause(500)
      await within('a little', client.take(MIB))
    }
    expect(connection.harness.counts()).toMatchObject({ connectionsActive: 1, outcomes: {} })
    client.resume()
    await sending
    await expectCompleted(connection)
  })

  test.concurrent('an answer of one byte a second to a client that has ended lives on with a half-close of 2 s', async () => {
    const connection = await connect({ halfClose: '2s' })
    connection.client.fin(10)
    await sendSlowly(connection.upstream, 5)
    connection.upstream.fin()
    expect(await within('the FIN', connection.client.receivedAll)).toBe('FIN')
    expect(connection.client.received).toBe(5)
    expect(await connection.harness.line('completed')).toMatchObject({ bytesToUpstream: 10, bytesToClient: 5 })
  })

  test.concurrent('a silent connection lives on when every clock is off', async () => {
    const connection = await connect({ idle: 'off', stall: 'off', halfClose: 'off', maxAge: 'off' })
    await pause(3_000)
    connection.client.send(1)
    await expectCompleted(connection)
  })
})
