import { once } from 'node:events'
import { expect } from 'vitest'
import { nowMs } from '../../../src/clock.ts'
import { otherSide } from '../../../src/engine/direction.ts'
import type { Flow } from '../../../src/engine/engine.ts'
import { measureMemory } from '../../support/memory.ts'
import { Random } from '../../support/random.ts'
import { until } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectAllAndFin, expectCompleted, flowFrom, SIDES } from './expectations.ts'

const MIB = 2 ** 20

/** Nothing has moved for a while: the kernel's buffers are full on the whole way. */
const blocked = (flow: Flow): boolean =>
  flow.heldSinceMs !== 0 && nowMs() - flow.heldSinceMs > 300 && nowMs() - flow.lastByteMs > 300

/** Promise 2: memory is bounded, and a side that does not read stops the other from being read. */
export const backpressure: Theme = ({ it }) => {
  for (const side of SIDES) {
    it(`holds little in the process while 64 MiB from the ${side} wait for a reader`, async (harness) => {
      const connection = await harness.connect()
      const [sender, reader] = [connection[side], connection[otherSide(side)]]
      const flow = (): Flow => flowFrom(connection, side)
      reader.pause()
      const before = measureMemory()
      const startMs = nowMs()
      const sent = sender.sendAll(64 * MIB, new Random(10))
      await until('a sender that waits', () => blocked(flow()))
      const held = measureMemory()
      expect(held.residentBytes - before.residentBytes).toBeLessThan(16 * MIB)
      // 64 KiB are promised; the test's own sockets hold a piece each.
      expect(held.bufferBytes - before.bufferBytes).toBeLessThan(MIB)
      expect(flow().bytes).toBeLessThan(sender.sent)
      expect(flow().heldSinceMs).toBeGreaterThanOrEqual(startMs)
      expect(flow().heldSinceMs).toBeLessThanOrEqual(nowMs())

      reader.resume()
      await sent
      await until('everything', () => flow().bytes === sender.sent && flow().heldSinceMs === 0)
      sender.fin()
      reader.fin()
      await expectCompleted(connection)
    })

    it(`moves bytes to the ${side} while the other direction is held`, async (harness) => {
      const connection = await harness.connect()
      const [sender, slow] = [connection[side], connection[otherSide(side)]]
      slow.pause()
      const sent = sender.sendAll(64 * MIB, new Random(11))
      await until('a sender that waits', () => blocked(flowFrom(connection, side)))
      await slow.sendAll(4 * MIB, new Random(12))
      await until('the other direction', () => sender.received === 4 * MIB)
      expect(flowFrom(connection, otherSide(side))).toMatchObject({ bytes: 4 * MIB, heldSinceMs: 0 })
      slow.fin()
      await expectAllAndFin(sender, slow)
      slow.resume()
      await sent
      sender.fin()
      await expectCompleted(connection)
    })
  }

  it('says that nothing is held while a reader keeps up', async (harness) => {
    const connection = await harness.connect()
    const { client, upstream, relay } = connection
    const startMs = { toUpstream: relay.toUpstream.lastByteMs, toClient: relay.toClient.lastByteMs }
    expect(startMs.toUpstream).toBeLessThanOrEqual(nowMs())
    for (let count = 0; count < 100; count++) {
      client.send(1000)
      await once(upstream.socket, 'data')
      expect(relay.toUpstream.heldSinceMs).toBe(0)
    }
    await until('every byte counted', () => relay.toUpstream.bytes === client.sent)
    expect(relay.toUpstream.lastByteMs).toBeGreaterThanOrEqual(startMs.toUpstream)
    expect(relay.toClient).toMatchObject({ bytes: 0, lastByteMs: startMs.toClient, heldSinceMs: 0 })
  })
}
