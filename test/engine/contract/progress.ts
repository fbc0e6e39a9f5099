import { expect } from 'vitest'
import { nowMs } from '../../../src/clock.ts'
import { otherSide } from '../../../src/engine/direction.ts'
import type { Tap } from '../../../src/engine/engine.ts'
import { passAll } from '../../support/pass-all.ts'
import { never, until } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { flowFrom, SIDES } from './expectations.ts'

/** So much is taken for a reader that does not read: of a unix socket, what net.core.wmem_default and the reader itself hold. */
const SIZES = { ipv4: 2 ** 20, ipv6: 2 ** 20, unix: 250_000 }

/** Promise 5: what the clocks judge by. Bytes that the kernel holds for a receiver are delivered when that one takes them. */
export const progress: Theme = ({ it, transport }) => {
  const size = SIZES[transport]

  for (const side of SIDES) {
    it(`counts of several parts for one chunk of the ${side} what the receiver has taken, and no more`, async (harness) => {
      const part = Buffer.alloc(16 * 2 ** 20)
      const tap: Tap = { ...passAll, chunk: async () => [part, part] }
      const connection = await harness.connect(tap)
      const [sender, slow] = [connection[side], connection[otherSide(side)]]
      slow.pause()
      sender.send(1)
      await until('held bytes', () => flowFrom(connection, side).heldSinceMs !== 0)
      // No kernel takes a part as a whole for a reader that does not read.
      await never('a count of more', () => flowFrom(connection, side).bytes >= part.length)
      connection.relay.stop()
    })

    it(`takes what fits without an event for no progress of the receiver of what the ${side} sends`, async (harness) => {
      const connection = await harness.connect()
      const [sender, slow] = [connection[side], connection[otherSide(side)]]
      const flow = flowFrom(connection, side)
      slow.pause()
      for (let sent = 0; sent < 32; sent++) sender.send(2 ** 20)
      await until('held bytes', () => flow.heldSinceMs > 0)
      // A unix socket does not tell when its reader has read.
      if (transport === 'unix') connection.relay.catchUp(nowMs())
      // The reader acknowledges a little more at first: too little for an event that tells of room.
      await until('silence', () => nowMs() - flow.lastByteMs > 1_000)
      connection.relay.catchUp(nowMs())
      expect(flow.heldSinceMs).toBeGreaterThan(0)
      expect(nowMs() - Math.max(flow.heldSinceMs, flow.lastByteMs)).toBeGreaterThan(400)
      connection.relay.stop()
    })

    for (const ending of ['an open direction', 'a direction that has ended']) {
      it(`knows what the receiver acknowledges of what the ${side} sent, in ${ending}`, async (harness) => {
        const connection = await harness.connect()
        const { relay } = connection
        const [sender, slow] = [connection[side], connection[otherSide(side)]]
        const flow = flowFrom(connection, side)
        slow.pause()
        sender.send(size)
        if (ending !== 'an open direction') sender.fin()
        await until('all of it taken', () => flowFrom(connection, side).bytes === size)
        await until('its end', () => ending === 'an open direction' || flow.endedMs > 0)

        // A reader that has stopped acknowledges probes of its window, and no byte.
        await until('no more progress', () => {
          expect(relay.catchUp(nowMs())).toBe(true)
          return nowMs() - flow.lastByteMs > 300
        })
        const stoppedMs = flow.lastByteMs
        await slow.take(size / 4)
        await until('progress', () => {
          relay.catchUp(nowMs())
          return flow.lastByteMs > stoppedMs
        })
        slow.resume()
        await until('everything acknowledged', () => !relay.catchUp(nowMs()))
        expect(flow.bytes).toBe(size)
        const { lastByteMs } = flow
        expect(relay.catchUp(nowMs() + 1_000)).toBe(false)
        expect(flow.lastByteMs).toBe(lastByteMs)
      })
    }
  }
}
