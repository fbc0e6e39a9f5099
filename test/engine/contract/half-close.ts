import { once } from 'node:events'
import { expect } from 'vitest'
import { nowMs } from '../../../src/clock.ts'
import { otherSide } from '../../../src/engine/direction.ts'
import { Endpoint } from '../../support/endpoint.ts'
import { openFarClient } from '../../support/far-client.ts'
import { Random } from '../../support/random.ts'
import { until } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectAllAndFin, expectCompleted, flowFrom, SIDES } from './expectations.ts'

/** Promise 3: a FIN ends one direction, after its last byte, and leaves the other alone. */
export const halfClose: Theme = ({ it }) => {
  for (const first of SIDES) {
    it(`passes on the FIN of the ${first}, which then receives 8 MiB`, async (harness) => {
      const connection = await harness.connect()
      const [ends, goesOn] = [connection[first], connection[otherSide(first)]]
      const beforeMs = nowMs()
      ends.fin(100)
      await expectAllAndFin(goesOn, ends)
      const flow = flowFrom(connection, first)
      expect(flow.bytes).toBe(100)
      expect(flow.endedMs).toBeGreaterThanOrEqual(beforeMs)
      expect(flowFrom(connection, otherSide(first)).endedMs).toBe(0)
      await goesOn.sendAll(8 * 2 ** 20, new Random(6))
      await until('what was sent', () => ends.received === goesOn.sent)
      expect(ends.sawFin).toBe(false)
      goesOn.fin()
      await expectCompleted(connection)
      expect(await connection.ended).toEqual({ how: 'completed', first })
    })

    it(`passes on the FIN of the ${first} only after the bytes that a slow reader makes wait`, async (harness) => {
      const connection = await harness.connect()
      const [ends, slow] = [connection[first], connection[otherSide(first)]]
      slow.pause()
      const sent = ends.sendAll(12 * 2 ** 20, new Random(7))
      await until('held bytes', () => flowFrom(connection, first).heldSinceMs !== 0)
      slow.resume()
      await sent
      ends.fin(1)
      await expectAllAndFin(slow, ends)
      slow.fin()
      await expectCompleted(connection)
    })
  }

  it('completes when both sides send FIN at once', async (harness) => {
    const connection = await harness.connect()
    connection.client.fin(10)
    connection.upstream.fin(20)
    await expectCompleted(connection)
  })

  it('completes a connection that never carried a byte', async (harness) => {
    const connection = await harness.connect()
    connection.client.fin()
    await expectAllAndFin(connection.upstream, connection.client)
    connection.upstream.fin()
    await expectCompleted(connection)
  })

  it('answers a client that sends FIN as soon as it is connected', async (harness) => {
    const socket = harness.openClient()
    const client = new Endpoint(socket, 'client')
    socket.once('connect', () => client.fin())
    const [peer] = await Promise.all([harness.accepted.next(), once(socket, 'finish')])
    const { endpoint: upstream, peer: server } = await harness.dial()
    const connection = { client, upstream, ...harness.join(peer, server) }
    await expectAllAndFin(upstream, client)
    upstream.fin(1000)
    await expectCompleted(connection)
  })

  it('passes on data and FIN that arrive together', async (harness) => {
    const far = await openFarClient(harness.target)
    const peer = await harness.accepted.next()
    const { endpoint: upstream, peer: server } = await harness.dial()
    const { relay, ended } = harness.join(peer, server)
    upstream.fin()
    await until('the FIN of the upstream', () => relay.toClient.endedMs !== 0)
    far.send(Buffer.alloc(3000, 'x'), 'fin')
    expect(await upstream.receivedAll).toBe('FIN')
    expect(upstream.received).toBe(3000)
    expect(await ended).toEqual({ how: 'completed', first: 'upstream' })
    expect(relay.toUpstream.bytes).toBe(3000)
    await far.close()
  })

  it('completes 500 short connections whose FIN follows the data at once', async (harness) => {
    for (let count = 0; count < 500; count++) {
      const connection = await harness.connect()
      const { client, upstream } = connection
      client.fin(1 + count)
      upstream.fin(1000 - count)
      await expectCompleted(connection)
    }
  })
}
