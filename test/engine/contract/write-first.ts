import { expect } from 'vitest'
import { nowMs } from '../../../src/clock.ts'
import { otherSide } from '../../../src/engine/direction.ts'
import type { Connection } from '../../support/relay-harness.ts'
import { until, within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectReset, expectResetBy, flowFrom, SIDES } from './expectations.ts'
import { RecordingTap } from './recording-tap.ts'

const HEADER = Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 4711 443\r\n')
/** No kernel takes so much for a receiver that does not read. */
const MUCH = Buffer.alloc(16 * 2 ** 20, 'header ')

/** Bytes of ours come before all that a relay delivers, and are not counted as the sender's. */
export const writeFirst: Theme = ({ transport, it }) => {
  for (const side of SIDES) {
    const other = otherSide(side)
    for (const inspected of [false, true]) {
      const how = inspected ? ', inspected' : ''
      const tapOf = () => (inspected ? new RecordingTap() : undefined)

      it(`gives the ${other} bytes of ours before those of the ${side}${how}`, async (harness) => {
        const halves = { client: await harness.accept(), upstream: await harness.dial() }
        const [sender, receiver] = [halves[side], halves[other]]
        sender.endpoint.send(1_000)
        await within('its bytes', sender.peer.peek(1_000).view)
        receiver.endpoint.expectFirst(Buffer.concat([HEADER, HEADER]))
        const reused = Buffer.from(HEADER)
        receiver.peer.writeFirst(reused)
        receiver.peer.writeFirst(reused)
        reused.fill(0)
        const connection: Connection = {
          client: halves.client.endpoint,
          upstream: halves.upstream.endpoint,
          ...harness.join(halves.client.peer, halves.upstream.peer, tapOf()),
        }
        await until('what came early', () => receiver.endpoint.received === 1_000)
        expect(receiver.endpoint.hasFirst).toBe(true)
        expect(() => receiver.peer.writeFirst(HEADER)).toThrow('a relay has the peer')
        sender.endpoint.fin(500)
        receiver.endpoint.fin()
        await expectAllAfterOurs(connection, side, 1_500)
      })

      for (const early of [0, 1_000]) {
        const what = early > 0 ? 'early bytes' : 'what it sends later'
        const name = `makes ${what} of the ${side} wait for bytes of ours that the ${other} does not read, but not the other direction${how}`

        it(name, async (harness) => {
          const halves = { client: await harness.accept(), upstream: await harness.dial() }
          const [sender, receiver] = [halves[side].endpoint, halves[other].endpoint]
          receiver.pause()
          receiver.expectFirst(MUCH)
          if (early > 0) {
            sender.send(early)
            await within('its bytes', halves[side].peer.peek(early).view)
          }
          halves[other].peer.writeFirst(MUCH)
          const startMs = nowMs()
          const connection: Connection = {
            client: sender === halves.client.endpoint ? sender : receiver,
            upstream: sender === halves.client.endpoint ? receiver : sender,
            ...harness.join(halves.client.peer, halves.upstream.peer, tapOf()),
          }
          expect(flowFrom(connection, side).heldSinceMs).toBeGreaterThanOrEqual(startMs)
          sender.fin(500)
          receiver.send(700)
          await until('the banner', () => sender.received === 700)
          expect(flowFrom(connection, side)).toMatchObject({ bytes: 0, firstByteMs: 0, endedMs: 0 })
          expect(flowFrom(connection, other)).toMatchObject({ bytes: 700, heldSinceMs: 0 })
          receiver.resume()
          receiver.fin()
          await expectAllAfterOurs(connection, side, early + 500)
        })
      }

      if (transport === 'unix') continue

      it(`gives the ${other} bytes of ours and those of the ${side} before its RST${how}`, async (harness) => {
        const halves = { client: await harness.accept(), upstream: await harness.dial() }
        const [sender, receiver] = [halves[side].endpoint, halves[other].endpoint]
        receiver.pause()
        receiver.expectFirst(MUCH)
        sender.send(1_000)
        await within('its bytes', halves[side].peer.peek(1_000).view)
        halves[other].peer.writeFirst(MUCH)
        const connection: Connection = {
          client: halves.client.endpoint,
          upstream: halves.upstream.endpoint,
          ...harness.join(halves.client.peer, halves.upstream.peer, tapOf()),
        }
        sender.reset()
        receiver.resume()
        await expectReset(receiver)
        await expectResetBy(connection, side)
        expect([receiver.hasFirst, receiver.received]).toEqual([true, 1_000])
        expect(flowFrom(connection, side).bytes).toBe(1_000)
      })
    }

    it(`is silent about bytes of ours for a ${other} that is closed`, async (harness) => {
      const halves = { client: await harness.accept(), upstream: await harness.dial() }
      halves[other].peer.reset()
      halves[other].peer.writeFirst(HEADER)
      await within('its end', halves[other].endpoint.receivedAll)
      expect(halves[other].endpoint.received).toBe(0)
    })
  }
}

const expectAllAfterOurs = async (connection: Connection, side: 'client' | 'upstream', sent: number): Promise<void> => {
  const receiver = connection[otherSide(side)]
  expect(await within('the FIN', receiver.receivedAll)).toBe('FIN')
  expect(receiver.wrongAt).toBeUndefined()
  expect([receiver.hasFirst, receiver.received]).toEqual([true, sent])
  expect(await within('the end', connection.ended)).toMatchObject({ how: 'completed' })
  expect(flowFrom(connection, side)).toMatchObject({ bytes: sent, heldSinceMs: 0 })
}
