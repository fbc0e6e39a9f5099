import { expect } from 'vitest'
import { nowMs } from '../../../src/clock.ts'
import { countSockets } from '../../support/descriptors.ts'
import { Random } from '../../support/random.ts'
import { until, within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectCompleted } from './expectations.ts'

/** `stop` ends a relay at once, and whatever is called after an end is harmless. */
export const stopping: Theme = ({ it, transport }) => {
  // A unix socket has no RST.
  const cut = transport === 'unix' ? ['ECONNRESET', 'EPIPE', 'FIN'] : ['ECONNRESET', 'EPIPE']

  it('stops at once, and again without effect', async (harness) => {
    const connection = await harness.connect()
    connection.client.send(10)
    await until('a byte', () => connection.upstream.received === 10)
    connection.relay.stop()
    connection.relay.stop()
    expect(await within('the end', connection.ended, 1_000)).toEqual({ how: 'stopped' })
    expect(cut).toContain(await connection.client.receivedAll)
    expect(cut).toContain(await connection.upstream.receivedAll)
    connection.relay.stop()
    expect(connection.relay.toUpstream.bytes).toBe(10)
  })

  it('stops while both readers make it hold data, and delivers no more', async (harness) => {
    const { client, upstream, relay, ended } = await harness.connect()
    client.pause()
    upstream.pause()
    const sending = [client.sendAll(32 * 2 ** 20, new Random(13)), upstream.sendAll(32 * 2 ** 20, new Random(14))]
    await until('held bytes', () => relay.toClient.heldSinceMs !== 0 && relay.toUpstream.heldSinceMs !== 0)
    relay.stop()
    relay.refresh(nowMs())
    const counted = [relay.toClient.bytes, relay.toUpstream.bytes]
    expect(await within('the end', ended, 1_000)).toEqual({ how: 'stopped' })
    client.resume()
    upstream.resume()
    expect(cut).toContain(await within('the RST', client.receivedAll))
    expect(cut).toContain(await within('the RST', upstream.receivedAll))
    expect([relay.toClient.bytes, relay.toUpstream.bytes]).toEqual(counted)
    await Promise.all(sending)
  })

  it('stops between the two FINs', async (harness) => {
    const { client, upstream, relay, ended } = await harness.connect()
    client.fin(5)
    await upstream.receivedAll
    relay.stop()
    expect(await ended).toEqual({ how: 'stopped' })
    expect(cut).toContain(await client.receivedAll)
  })

  it('stops in whatever turn of the event loop after a FIN', async (harness) => {
    const sockets = countSockets()
    for (let turns = 0; turns < 12; turns++) {
      const { client, upstream, relay, ended } = await harness.connect()
      client.fin(1)
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
      relay.stop()
      expect(await ended).toEqual({ how: 'stopped' })
      expect(cut).toContain(await client.receivedAll)
      await upstream.receivedAll
      upstream.socket.destroy()
      await until('every socket closed', () => countSockets() === sockets)
    }
  })

  it('stays completed whatever is called afterwards', async (harness) => {
    const { endpoint: client, peer } = await harness.accept()
    const { endpoint: upstream, peer: server } = await harness.dial()
    const connection = { client, upstream, ...harness.join(peer, server) }
    client.fin(1)
    upstream.fin(2)
    await expectCompleted(connection)
    for (const ours of [peer, server]) {
      ours.reset()
      ours.close()
      ours.close()
      ours.reset()
    }
    connection.relay.stop()
    connection.relay.refresh(nowMs())
    expect(await connection.ended).toMatchObject({ how: 'completed' })
    expect(client.error).toBeUndefined()
    expect(upstream.error).toBeUndefined()
  })
}
