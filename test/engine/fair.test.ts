/** One busy connection does not keep an engine from the others. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import type { Relay } from '../../src/engine/engine.ts'
import { ENGINES } from '../support/engines.ts'
import { RelayHarness } from '../support/relay-harness.ts'
import { roundTrips } from '../support/round-trips.ts'
import { until } from '../support/until.ts'
import { expectCompleted } from './contract/expectations.ts'

const MIB = 2 ** 20

/** Endless bulk through the harness's engine: sent and taken by another thread, so that the engine is what is busy. */
class Bulk {
  readonly relays: Relay[] = []
  readonly #thread: Worker

  static async start(harness: RelayHarness, streams: number): Promise<Bulk> {
    const workerData = { target: harness.target, streams }
    const bulk = new Bulk(new Worker(new URL('./children/bulk-thread.mjs', import.meta.url), { workerData }))
    const [port] = await once(bulk.#thread, 'message')
    while (bulk.relays.length < streams) {
      const client = await harness.accepted.next()
      const upstream = await harness.engine.dial({ kind: 'tcp', host: '127.0.0.1', port }).peer
      bulk.relays.push(harness.join(client, upstream).relay)
    }
    return bulk
  }

  private constructor(thread: Worker) {
    this.#thread = thread
  }

  get moved(): number[] {
    return this.relays.map(({ toUpstream }) => toUpstream.bytes)
  }

  get movedInAll(): number {
    return this.moved.reduce((sum, bytes) => sum + bytes, 0)
  }

  async stop(): Promise<void> {
    for (const relay of this.relays) relay.stop()
    await this.#thread.terminate()
  }
}

describe.each(ENGINES)('the engine $name', ({ open }) => {
  const withBulk = async (streams: number, body: (harness: RelayHarness, bulk: Bulk) => Promise<void>) => {
    const harness = await RelayHarness.open(open())
    const bulk = await Bulk.start(harness, streams)
    try {
      await body(harness, bulk)
    } finally {
      await bulk.stop()
      await harness.close()
    }
  }

  test('answers a ping-pong connection again and again while 4 bulk streams move 1 GiB', async () => {
    await withBulk(4, async (harness, bulk) => {
      const connection = await harness.connect()
      const goal = bulk.movedInAll + 1024 * MIB
      let trips = 0
      for (; bulk.movedInAll < goal; trips++) await roundTrips(connection, 1, 100)
      // Thousands with the kernel engine, hundreds with streams.
      expect(trips).toBeGreaterThan(16)
      connection.client.fin()
      connection.upstream.fin()
      await expectCompleted(connection)
    })
  }, 60_000)

  // A reader that empties its queue during a write: libuv then has taken all before the stream hears of it.
  test('does not stall when a reader is as fast as the engine: 4 GiB', async () => {
    await withBulk(1, async (_, bulk) => {
      await until('4 GiB', () => bulk.movedInAll >= 4096 * MIB, 60_000)
    })
  }, 90_000)

  test('moves all of 50 bulk streams at a time: none waits until the others are done', async () => {
    await withBulk(50, async (_, bulk) => {
      const before = bulk.moved
      const fairShare = 20 * MIB
      const goal = bulk.movedInAll + 50 * fairShare
      await until('all that they move together', () => bulk.movedInAll >= goal, 60_000)
      const slowest = Math.min(...bulk.moved.map((bytes, index) => bytes - (before[index] ?? 0)))
      expect(slowest).toBeGreaterThan(fairShare / 20)
    })
  }, 90_000)
})
