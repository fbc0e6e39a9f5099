import { expect } from 'vitest'
import type { Side } from '../../../src/engine/engine.ts'
import { Random } from '../../support/random.ts'
import type { Connection, RelayHarness } from '../../support/relay-harness.ts'
import { until, within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectResetBy, flowFrom, otherSide, SIDES } from './expectations.ts'

const MORE_THAN_FITS = 64 * 2 ** 20
/** What one kernel has in its send queue for a reader that does not read. */
const MORE_THAN_A_PIPE = 2 ** 20

/** Promise 4 where no side takes anything any more: an end must not wait for a side that waits itself. */
export const resetsWhenFull: Theme = ({ it }) => {
  for (const order of [
    ['client', 'upstream'],
    ['upstream', 'client'],
  ] as const) {
    it(`ends when both sides reset while both directions are full, ${order[0]} first`, async (harness) => {
      for (let count = 0; count < 4; count++) {
        const connection = await fullBothWays(harness, count)
        for (const side of order) connection[side].reset()
        expect(await within('the end', connection.ended, 5_000)).toMatchObject({ how: 'reset' })
      }
    })
  }

  for (const side of SIDES) {
    const other = otherSide(side)

    it(`ends when the ${side} resets a while after the other side, both directions full`, async (harness) => {
      const connection = await fullBothWays(harness, 7)
      connection[other].reset()
      setTimeout(() => connection[side].reset(), 20)
      expect(await within('the end', connection.ended, 5_000)).toMatchObject({ how: 'reset' })
    })

    it(`tells a side that is blocked sending to the ${side} of its RST at once`, async (harness) => {
      const connection = await fullBothWays(harness, 8)
      connection[side].reset()
      await expectResetBy(connection, side)
      await within('the RST', connection[other].receivedAll, 1_000)
      expect(['ECONNRESET', 'EPIPE']).toContain(connection[other].error?.code)
      expect(connection[other].sawFin).toBe(false)
      // Nothing is counted that the side that reset did not take.
      expect(connection[side].received).toBeLessThanOrEqual(flowFrom(connection, other).bytes)
    })

    it(`gives everything to a side that has sent the ${side} a little and pauses before it reads on`, async (harness) => {
      const connection = await harness.connect()
      const [sender, reader] = [connection[side], connection[other]]
      reader.pause()
      await sender.sendAll(MORE_THAN_A_PIPE, new Random(10))
      await until('the kernels have it', () => flowFrom(connection, side).bytes === MORE_THAN_A_PIPE)
      reader.send(3)
      sender.reset()
      // Longer than a blocked side would have been given.
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      reader.resume()
      await expectResetBy(connection, side)
      await within('the RST', reader.receivedAll)
      expect([reader.received, reader.wrongAt, reader.sawFin]).toEqual([MORE_THAN_A_PIPE, undefined, false])
    })

    it(`counts nothing more for the ${side} once it has reset`, async (harness) => {
      const connection = await fullBothWays(harness, 9)
      const { bytes } = flowFrom(connection, other)
      connection[side].reset()
      await expectResetBy(connection, side)
      expect(flowFrom(connection, other).bytes).toBe(bytes)
    })
  }
}

/** A connection whose sides both send and do not read, until neither flow moves. */
const fullBothWays = async (harness: RelayHarness, seed: number): Promise<Connection> => {
  const connection = await harness.connect()
  for (const side of SIDES) {
    connection[side].pause()
    void connection[side].sendAll(MORE_THAN_FITS, new Random(seed))
  }
  await Promise.all(SIDES.map((side) => untilFull(connection, side)))
  return connection
}

/** Full is what is held and has not moved in so many looks: time alone says nothing on a busy machine. */
const untilFull = (connection: Connection, side: Side): Promise<void> => {
  let [bytes, looks] = [0, 0]
  return until(`a full flow from ${side}`, () => {
    const flow = flowFrom(connection, side)
    looks = flow.heldSinceMs !== 0 && flow.bytes === bytes ? looks + 1 : 0
    bytes = flow.bytes
    return looks === 50
  })
}
