import { Socket } from 'node:net'
import { expect } from 'vitest'
import { countSockets } from '../../support/descriptors.ts'
import { never, until, within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectCompleted, SIDES } from './expectations.ts'

/** An engine that can lets go of a socket: descriptor and early bytes are the caller's, and nothing here touches them again. */
export const detaching: Theme = ({ engine, it }) => {
  for (const side of SIDES) {
    if (engine.name === 'streams') {
      it(`keeps the ${side}, which cannot be detached`, async (harness) => {
        const halves = { client: await harness.accept(), upstream: await harness.dial() }
        expect(halves[side].peer.detach()).toBeUndefined()
        halves.client.endpoint.fin(10)
        halves.upstream.endpoint.fin(10)
        const joined = harness.join(halves.client.peer, halves.upstream.peer)
        await expectCompleted({ client: halves.client.endpoint, upstream: halves.upstream.endpoint, ...joined })
      })
      continue
    }

    it(`detaches the ${side} with what was read of it and what it was not given`, async (harness) => {
      const halves = { client: await harness.accept(), upstream: await harness.dial() }
      const { endpoint, peer } = halves[side]
      const gone: unknown[] = []
      peer.onGone = (error) => gone.push(error)
      endpoint.send(1_000)
      await within('its bytes', peer.peek(1_000).view)
      peer.consume(300)
      const header = Buffer.alloc(16 * 2 ** 20, 'header ')
      endpoint.expectFirst(header)
      endpoint.pause()
      peer.writeFirst(header)
      const sockets = countSockets()
      const loose = peer.detach()
      if (loose === undefined) throw new Error('it was not detached')
      expect(countSockets()).toBe(sockets)
      expect(endpoint.sendsFrom(300, loose.early)).toBe(true)
      expect(loose.early.length).toBe(700)
      expect(loose.unsent.length).toBeGreaterThan(0)

      // The peer is closed for everyone else.
      expect(peer.detach()).toBeUndefined()
      expect(peer.tcpInfo()).toBeUndefined()
      peer.close()
      peer.reset()
      expect((await within('no bytes', peer.peek().view)).state).toBe('broken')

      const owned = new Socket({ fd: loose.descriptor, allowHalfOpen: true })
      owned.on('error', () => {})
      owned.write(loose.unsent)
      endpoint.resume()
      await until('all of it', () => endpoint.hasFirst)
      const read: Buffer[] = []
      owned.on('data', (piece) => read.push(piece))
      endpoint.send(500)
      await until('what it sends later', () => Buffer.concat(read).length === 500)
      expect(endpoint.sendsFrom(1_000, Buffer.concat(read))).toBe(true)
      endpoint.fin()
      await never('news of it', () => gone.length > 0, 20)
      owned.destroy()
    })

    it(`detaches neither a ${side} that a relay has nor one that is closed`, async (harness) => {
      const halves = { client: await harness.accept(), upstream: await harness.dial() }
      const { relay, ended } = harness.join(halves.client.peer, halves.upstream.peer)
      expect(halves[side].peer.detach()).toBeUndefined()
      relay.stop()
      await ended
      expect(halves[side].peer.detach()).toBeUndefined()
    })
  }
}
