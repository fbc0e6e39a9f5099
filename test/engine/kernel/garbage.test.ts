import { expect, test } from 'vitest'
import { openKernelEngine } from '../../../src/engine/kernel/kernel-engine.ts'
import { measureMemory } from '../../support/memory.ts'
import { Random } from '../../support/random.ts'
import { RelayHarness } from '../../support/relay-harness.ts'
import { expectCompleted } from '../contract/expectations.ts'

const MIB = 2 ** 20

/** Collects all garbage in every turn of the event loop, and makes new garbage that the collector has to move. */
const collectAllTheTime = (): { collections: number; stop(): void } => {
  const moved: unknown[] = []
  let over = false
  const loop = {
    collections: 0,
    stop: () => {
      over = true
    },
  }
  const turn = (): void => {
    if (over) return
    measureMemory()
    moved.length = 0
    for (let count = 0; count < 2_000; count++) moved.push(new Uint8Array(64), { count })
    loop.collections += 1
    setImmediate(turn)
  }
  turn()
  return loop
}

test('the engine moves bulk, small pieces and short connections rightly while garbage is collected all the time', async () => {
  const engine = openKernelEngine()
  const harness = await RelayHarness.open(engine)
  const loop = collectAllTheTime()
  try {
    const bulk = await Promise.all(Array.from({ length: 4 }, () => harness.connect()))
    await Promise.all(
      bulk.map(async (connection, index) => {
        const { client, upstream } = connection
        const random = new Random(index)
        await Promise.all([client.sendAll(16 * MIB, random), upstream.sendAll(16 * MIB + index, random)])
        client.fin(index)
        upstream.fin()
        await expectCompleted(connection)
      }),
    )
    for (let count = 0; count < 50; count++) {
      const connection = await harness.connect()
      connection.client.fin(1 + count)
      connection.upstream.fin(1000 - count)
      await expectCompleted(connection)
    }
    expect(loop.collections).toBeGreaterThan(50)
  } finally {
    loop.stop()
    await harness.close()
  }
}, 60_000)
