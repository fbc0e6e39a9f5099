import type { IpcNetConnectOpts } from 'node:net'
import { expect } from 'vitest'
import { formatAddress } from '../../../src/config/fields/address.ts'
import { countSockets } from '../../support/descriptors.ts'
import { connectNamed } from '../../support/named-client.ts'
import { openPassingClient } from '../../support/passing-client.ts'
import { until, within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectCompleted } from './expectations.ts'

/** Accepting, and what a peer that nobody relays can be asked and told. */
export const listening: Theme = ({ it, transport }) => {
  it('names the other end of a peer', async (harness) => {
    const { endpoint: client, peer } = await harness.accept()
    const { peer: server } = await harness.dial()
    const { localAddress, localPort } = client.socket
    const address = transport === 'ipv6' ? `[${localAddress}]` : localAddress
    expect(peer.remote).toBe(transport === 'unix' ? 'unix:' : `${address}:${localPort}`)
    expect(server.remote).toBe(formatAddress(harness.server))
    client.socket.destroy()
    peer.reset()
    expect(peer.remote).toBe(transport === 'unix' ? 'unix:' : `${address}:${localPort}`)
  })

  if (transport === 'unix') {
    it('names a client that has a path or an abstract name, each as long as it is', async (harness) => {
      const { path = '' } = harness.target as IpcNetConnectOpts
      const names = [`${path}-client`, `\0${path} 1`, `\0${path.replace('/', '\0')}`, `${path}-c`]
      for (const name of names) {
        const client = connectNamed(name, path)
        const peer = await within('the client', harness.accepted.next())
        expect(peer.remote).toBe(`unix:${name.replaceAll('\0', '@')}`)
        client.destroy()
        peer.reset()
      }
      expect((await harness.accept()).peer.remote).toBe('unix:')
    })

    it('names the path that a client has connected to', async (harness) => {
      const { peer } = await harness.accept()
      const { path } = harness.target as IpcNetConnectOpts
      expect(peer.local).toBe(`unix:${path}`)
      peer.reset()
      expect(peer.local).toBe('unknown')
    })
  }

  if (transport !== 'unix') {
    it('names this end of a peer', async (harness) => {
      for (const { endpoint, peer } of [await harness.accept(), await harness.dial()]) {
        const { remoteAddress, remotePort } = endpoint.socket
        expect(peer.local).toBe(`${transport === 'ipv6' ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`)
        peer.reset()
        expect(peer.local).toBe('unknown')
      }
    })

    it('names a client that has reset before it was accepted', async (harness) => {
      const client = await openPassingClient(harness.target)
      const host = transport === 'ipv6' ? '[::1]' : '127.0.0.1'
      for (let count = 0; count < 5; count++) {
        const port = client.pass()
        const peer = await within('the client', harness.accepted.next())
        expect(peer.remote).toBe(`${host}:${port}`)
        peer.reset()
      }
      await client.close()
    })
  }

  it('refuses new clients once it is closed, and the living go on', async (harness) => {
    const connection = await harness.connect()
    const { client, upstream } = connection
    harness.stopListening()
    harness.stopListening()
    const late = harness.openClient()
    await within('a refusal', new Promise((resolve) => late.once('close', resolve)))
    client.fin(100_000)
    upstream.fin(100_000)
    await expectCompleted(connection)
    expect(harness.accepted.rest()).toEqual([])
  })

  it('accepts every client that waits before it finishes, and none after that', async (harness) => {
    const clients = Array.from({ length: 40 }, () => harness.openClient())
    // From then on they wait in the queue.
    await new Promise<void>((resolve) => process.nextTick(resolve))
    await within('the end', harness.finishListening(Number.POSITIVE_INFINITY))
    expect(harness.accepted.rest()).toHaveLength(clients.length)
    const late = harness.openClient()
    await within('a refusal', new Promise((resolve) => late.once('close', resolve)))
    expect(harness.accepted.rest()).toEqual([])
  })

  it('finishes at once when it is closed meanwhile, and in the time that it has', async (harness) => {
    const finished = harness.finishListening(Number.POSITIVE_INFINITY)
    harness.stopListening()
    await within('the end', finished, 150)
    await within('the end of what is closed', harness.finishListening(0), 150)
  })

  it('closes a peer with a FIN', async (harness) => {
    for (const { endpoint, peer } of [await harness.accept(), await harness.dial()]) {
      peer.close()
      peer.close()
      expect(await within('the end', endpoint.receivedAll)).toBe('FIN')
      peer.reset()
    }
  })

  it('releases a peer that is closed and reset in one turn', async (harness) => {
    const sockets = countSockets()
    for (const open of [harness.accept, harness.dial]) {
      const { endpoint, peer } = await open.call(harness)
      peer.close()
      peer.reset()
      await within('the end', endpoint.receivedAll)
      endpoint.socket.destroy()
      await until('both ends closed', () => countSockets() === sockets)
    }
  })

  it('resets a peer', async (harness) => {
    for (const { endpoint, peer } of [await harness.accept(), await harness.dial()]) {
      peer.onGone = () => expect.unreachable('this end is our own')
      peer.reset()
      peer.reset()
      expect(await within('the end', endpoint.receivedAll)).toBe(transport === 'unix' ? 'FIN' : 'ECONNRESET')
      peer.close()
    }
  })

  it('accepts 200 clients that come at once', async (harness) => {
    const clients = Array.from({ length: 200 }, () => harness.openClient())
    const peers = await within('200 peers', Promise.all(clients.map(() => harness.accepted.next())))
    expect(new Set(peers).size).toBe(200)
    for (const peer of peers) peer.reset()
  })
}
