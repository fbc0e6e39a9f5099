import { expect } from 'vitest'
import { otherSide } from '../../../src/engine/direction.ts'
import { passAll } from '../../support/pass-all.ts'
import { until, within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectAllAndFin, expectCompleted, SIDES } from './expectations.ts'

/** Nothing waits for more to come (promise 8), and nothing is delayed to be sent together. */
export const smallWrites: Theme = ({ it }) => {
  it('answers 10,000 single bytes, each sent when the one before was answered', async (harness) => {
    const connection = await harness.connect()
    const { client, upstream } = connection
    upstream.socket.on('data', (bytes) => upstream.send(bytes.length))
    const answered = new Promise<void>((resolve) => {
      client.socket.on('data', () => {
        if (client.received < 10_000) client.send(1)
        else resolve()
      })
    })
    client.send(1)
    // Nagle's algorithm against a delayed ACK costs 40 ms a byte: 400 s.
    await answered
    client.fin()
    upstream.fin()
    await expectCompleted(connection)
  })

  for (const side of SIDES) {
    for (const tap of [undefined, passAll]) {
      it(`delays no second write of the ${side}${tap ? ', inspected' : ''}`, async (harness) => {
        const connection = await harness.connect(tap)
        const [sender, receiver] = [connection[side], connection[otherSide(side)]]
        // The second goes out when the first has arrived, and both have one answer.
        receiver.socket.on('data', () => (receiver.received % 2 === 0 ? receiver.send(1) : sender.send(1)))
        const answered = new Promise<void>((resolve) => {
          sender.socket.on('data', () => (sender.received < 1_000 ? sender.send(1) : resolve()))
        })
        sender.send(1)
        // Nagle's algorithm against a delayed ACK costs 40 ms a pair: 40 s.
        await within('the answers', answered, 15_000)
        sender.fin()
        receiver.fin()
        await expectCompleted(connection)
      })
    }
  }

  it('delivers 10,000 single bytes written without waiting', async (harness) => {
    const connection = await harness.connect()
    const { client, upstream } = connection
    for (let count = 0; count < 10_000; count++) client.send(1)
    client.fin()
    upstream.fin()
    await expectCompleted(connection)
  })

  it('passes on what the upstream says first to a client that has said nothing', async (harness) => {
    const connection = await harness.connect()
    const { client, upstream, relay } = connection
    upstream.send(220)
    await until('the greeting', () => client.received === 220)
    expect(relay.toClient.bytes).toBe(220)
    expect(relay.toUpstream).toMatchObject({ bytes: 0, endedMs: 0 })
    client.send(4)
    upstream.fin(3)
    await expectAllAndFin(client, upstream)
    client.fin()
    await expectCompleted(connection)
  })
}
