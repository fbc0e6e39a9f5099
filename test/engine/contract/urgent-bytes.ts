import { expect } from 'vitest'
import { otherSide } from '../../../src/engine/direction.ts'
import type { Side, Tap } from '../../../src/engine/engine.ts'
import type { Endpoint } from '../../support/endpoint.ts'
import { passAll } from '../../support/pass-all.ts'
import { Random } from '../../support/random.ts'
import type { Connection, RelayHarness } from '../../support/relay-harness.ts'
import { until, within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectAllAndFin, expectCompleted, expectReset, flowFrom, SIDES } from './expectations.ts'

const MIB = 2 ** 20

/** How many bytes are sent before and after the urgent one. */
const PLACES: Readonly<Record<string, readonly [number, number]>> = {
  'that is all there is': [0, 0],
  'at the start': [0, 1_000],
  'in the middle': [1_000, 1_000],
  'just before the FIN': [1_000, 0],
  'between 8 MiB and 8 MiB': [8 * MIB, 8 * MIB],
}

/**
 * Promise 1 with urgent bytes (tcp(7), unix(7): MSG_OOB). Linux ends each read before such a byte, and splice(2) does not
 * pass it. It stays in its place in the stream, and is not urgent any more.
 */
export const urgentBytes: Theme = ({ it, transport }) => {
  for (const side of SIDES) {
    for (const tap of [undefined, passAll]) {
      const from = `from the ${side}${tap ? ', inspected' : ''}`
      const connect = (harness: RelayHarness): Promise<Ends> => connectFrom(harness, side, tap)

      for (const [where, [before, after]] of Object.entries(PLACES)) {
        it(`delivers an urgent byte ${where} ${from}`, async (harness) => {
          const { connection, sender, receiver } = await connect(harness)
          await sendAround(sender, before, after)
          sender.fin()
          receiver.fin(10)
          await expectCompleted(connection)
        })
      }

      it(`delivers what stands around an urgent byte ${from}, when the other direction has ended`, async (harness) => {
        const { connection, sender, receiver } = await connect(harness)
        receiver.fin()
        await expectAllAndFin(sender, receiver)
        await sendAround(sender, 1_000, 1_000)
        sender.fin()
        await expectCompleted(connection)
      })

      it(`passes on at once what follows an urgent byte ${from}`, async (harness) => {
        const { connection, sender, receiver } = await connect(harness)
        for (let count = 0; count < 100; count++) {
          await sendAround(sender, 3, 5)
          await until('what was sent', () => receiver.received === sender.sent)
          receiver.send(7)
          await until('the answer', () => sender.received === receiver.sent)
        }
        sender.fin()
        receiver.fin()
        await expectCompleted(connection)
      })

      it(`delivers 300 urgent bytes among others ${from}`, async (harness) => {
        const random = new Random(10)
        const { connection, sender, receiver } = await connect(harness)
        for (let count = 0; count < 300; count++) {
          sender.send(random.size(10) * random.size(10_000))
          await sender.sendUrgent(random.size(10))
        }
        sender.fin()
        receiver.fin()
        await expectCompleted(connection)
      })

      // A unix socket has no reset.
      if (transport === 'unix') continue
      it(`delivers what was sent around an urgent byte ${from} before a reset`, async (harness) => {
        const { connection, sender, receiver } = await connect(harness)
        await sendAround(sender, 1_000, 1_000)
        await until('what was sent', () => flowFrom(connection, side).bytes === sender.sent)
        await sendAround(sender, 1_000, 1_000)
        sender.reset()
        await expectReset(receiver)
        expect(receiver.received).toBe(sender.sent)
      })
    }
  }

  it('answers a command of which the last byte is urgent, as the ABOR of FTP is sent', async (harness) => {
    const { client, upstream } = await harness.connect()
    for (let count = 1; count <= 20; count++) {
      await client.sendUrgent('ABOR\r\n'.length)
      await within(
        'the command',
        until('its bytes', () => upstream.received === client.sent),
      )
      upstream.send('226 Abort successful\r\n'.length)
      await until('the answer', () => client.received === upstream.sent)
    }
  })
}

interface Ends {
  readonly connection: Connection
  readonly sender: Endpoint
  readonly receiver: Endpoint
}

const connectFrom = async (harness: RelayHarness, side: Side, tap: Tap | undefined): Promise<Ends> => {
  const connection = await harness.connect(tap)
  return { connection, sender: connection[side], receiver: connection[otherSide(side)] }
}

const sendAround = async (sender: Endpoint, before: number, after: number): Promise<void> => {
  await sendWhole(sender, before)
  await sender.sendUrgent()
  await sendWhole(sender, after)
}

/** At once where it is little: it then arrives with what is sent next. */
const sendWhole = async (sender: Endpoint, bytes: number): Promise<void> => {
  if (bytes > MIB) await sender.sendAll(bytes, new Random(6))
  else if (bytes > 0) sender.send(bytes)
}
