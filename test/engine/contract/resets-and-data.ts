import { expect } from 'vitest'
import { nowMs } from '../../../src/clock.ts'
import { otherSide } from '../../../src/engine/direction.ts'
import { openFarClient } from '../../support/far-client.ts'
import { Random } from '../../support/random.ts'
import { never, until, within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectAllAndFin, expectReset, expectResetBy, expectResetOnWrite, flowFrom, SIDES } from './expectations.ts'

const MIB = 2 ** 20

/** Promise 4, second half: what was sent before the RST is delivered before the RST. A RST throws away what the kernel still holds. */
export const resetsAndData: Theme = ({ it }) => {
  for (const side of SIDES) {
    const other = otherSide(side)

    it(`gives a slow reader the 1 MiB that the ${side} sent before its RST`, async (harness) => {
      const connection = await harness.connect()
      const [sender, slow] = [connection[side], connection[other]]
      let over = false
      connection.ended.finally(() => (over = true)).catch(() => {})
      slow.pause()
      sender.send(MIB)
      await until('all of it taken', () => flowFrom(connection, side).bytes === MIB)
      sender.reset()
      await never('an end before the slow reader has everything', () => over || slow.error !== undefined)
      // What the reader's kernel has not acknowledged is held for it: the stall clock bounds the wait.
      expect(flowFrom(connection, side).heldSinceMs).not.toBe(0)
      slow.resume()
      await expectReset(slow)
      expect(slow.received).toBe(MIB)
      await expectResetBy(connection, side)
      expect(flowFrom(connection, side)).toMatchObject({ bytes: MIB, endedMs: 0, heldSinceMs: 0 })
    })

    it(`gives a slow reader all that was taken from the ${side} when its RST cuts 64 MiB short`, async (harness) => {
      const connection = await harness.connect()
      const [sender, slow] = [connection[side], connection[other]]
      slow.pause()
      const sending = sender.sendAll(64 * MIB, new Random(9))
      await until('held bytes', () => flowFrom(connection, side).heldSinceMs !== 0)
      const taken = flowFrom(connection, side).bytes
      sender.reset()
      slow.resume()
      await expectReset(slow)
      await expectResetBy(connection, side)
      await sending
      expect(slow.received).toBeGreaterThanOrEqual(taken)
      expect(slow.received).toBe(flowFrom(connection, side).bytes)
    })

    it(`gives the other side 1 MiB and the FIN when the ${side} sends 1 MiB, FIN and RST`, async (harness) => {
      const connection = await harness.connect()
      const [sender, slow] = [connection[side], connection[other]]
      slow.pause()
      sender.send(MIB)
      await until('all of it taken', () => flowFrom(connection, side).bytes === MIB)
      sender.socket.end(() => sender.reset())
      slow.resume()
      await expectAllAndFin(slow, sender)
      expect(slow.error).toBeUndefined()
      await expectResetOnWrite(slow)
      await expectResetBy(connection, side)
    })
  }

  it('can be stopped while a slow reader has yet to take what came before a RST', async (harness) => {
    const { client, upstream, relay, ended } = await harness.connect()
    client.pause()
    upstream.send(MIB)
    await until('all of it taken', () => {
      relay.refresh(nowMs())
      return relay.toClient.bytes === MIB
    })
    upstream.reset()
    await until('the wait for the reader', () => relay.toClient.heldSinceMs !== 0)
    relay.stop()
    expect(await within('the end', ended, 1_000)).toEqual({ how: 'stopped' })
    client.resume()
    await expectReset(client)
  })

  for (const meets of ['a read', 'a write']) {
    it(`delivers data that arrives together with a RST when ${meets} meets it first`, async (harness) => {
      const far = await openFarClient(harness.target)
      const peer = await harness.accepted.next()
      const { endpoint: upstream, peer: server } = await harness.dial()
      const { relay, ended } = harness.join(peer, server)
      upstream.send(10)
      await until('the relay to run', () => relay.toClient.bytes === 10)
      if (meets === 'a write') upstream.send(1)
      far.send(Buffer.alloc(40_000, 'x'), 'reset')
      expect(await upstream.receivedAll).toBe('ECONNRESET')
      expect(upstream.received).toBe(40_000)
      expect(await ended).toMatchObject({ how: 'reset', by: 'client' })
      expect(relay.toUpstream.bytes).toBe(40_000)
      await far.close()
    })
  }
}
