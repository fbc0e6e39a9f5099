import { expect } from 'vitest'
import { otherSide } from '../../../src/engine/direction.ts'
import { Random } from '../../support/random.ts'
import { until } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectAllAndFin, expectReset, expectResetBy, expectResetOnWrite, flowFrom, SIDES } from './expectations.ts'

/** Promise 4: a reset is a reset, in every phase of a connection, and never a FIN. */
export const resets: Theme = ({ it }) => {
  for (const side of SIDES) {
    const other = otherSide(side)

    it(`passes on a RST of the ${side} at once after the connect`, async (harness) => {
      const connection = await harness.connect()
      connection[side].reset()
      await expectReset(connection[other])
      await expectResetBy(connection, side)
    })

    it(`passes on a RST of the ${side} when nothing is under way`, async (harness) => {
      const connection = await harness.connect()
      connection.client.send(1000)
      connection.upstream.send(2000)
      await until('both', () => connection.client.received === 2000 && connection.upstream.received === 1000)
      connection[side].reset()
      await expectReset(connection[other])
      await expectResetBy(connection, side)
      expect(connection.relay.toUpstream).toMatchObject({ bytes: 1000, endedMs: 0 })
      expect(connection.relay.toClient).toMatchObject({ bytes: 2000, endedMs: 0 })
    })

    it(`passes on a RST of the ${side} while the other side sends to it`, async (harness) => {
      const connection = await harness.connect()
      connection[side].pause()
      const sending = connection[other].sendAll(64 * 2 ** 20, new Random(8))
      await until('held bytes', () => flowFrom(connection, other).heldSinceMs !== 0)
      connection[side].reset()
      await expectResetBy(connection, side)
      await sending
      await connection[other].receivedAll
      expect(['ECONNRESET', 'EPIPE']).toContain(connection[other].error?.code)
      expect(connection[other].sawFin).toBe(false)
    })

    it(`passes on a RST that the ${side} sends after the FIN of the other side`, async (harness) => {
      const connection = await harness.connect()
      connection[other].fin(10)
      await expectAllAndFin(connection[side], connection[other])
      connection[side].reset()
      await expectReset(connection[other])
      await expectResetBy(connection, side)
    })

    it(`passes on a RST that the ${side} sends after its own FIN, when a byte for it meets it`, async (harness) => {
      const connection = await harness.connect()
      connection[side].fin(10)
      await expectAllAndFin(connection[other], connection[side])
      connection[side].reset()
      await expectResetOnWrite(connection[other])
      await expectResetBy(connection, side)
    })

    it(`notices a RST that the ${side} sends after its own FIN, also when no byte is sent to it`, async (harness) => {
      const connection = await harness.connect()
      connection[side].fin(10)
      await expectAllAndFin(connection[other], connection[side])
      connection[side].reset()
      await expectResetBy(connection, side)
      await expectResetOnWrite(connection[other])
    })
  }

  it('ends once when both sides reset at once', async (harness) => {
    for (let count = 0; count < 50; count++) {
      const connection = await harness.connect()
      connection.client.send(count * 100)
      connection.client.reset()
      connection.upstream.reset()
      expect(await connection.ended).toMatchObject({ how: 'reset' })
    }
  })
}
