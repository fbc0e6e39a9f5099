import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect } from 'vitest'
import { formatAddress, parseServerAddress } from '../../../src/config/fields/address.ts'
import type { Dialling } from '../../../src/engine/engine.ts'
import { refusingAddress } from '../../support/addresses.ts'
import { countSockets } from '../../support/descriptors.ts'
import { openFullBacklog } from '../../support/full-backlog.ts'
import { never, until, within } from '../../support/until.ts'
import type { Theme } from './contract.ts'
import { expectCompleted } from './expectations.ts'

/** Connecting to a server: what it says when it cannot, and that it can be given up. */
export const dialling: Theme = ({ it, engine }) => {
  const refusal = async (dialling: Dialling): Promise<NodeJS.ErrnoException> =>
    within(
      'a refusal',
      dialling.peer.then(
        () => expect.unreachable(),
        (error: NodeJS.ErrnoException) => error,
      ),
    )

  it('says ECONNREFUSED when nobody listens, and where', async () => {
    const nobody = parseServerAddress(refusingAddress())
    const sockets = countSockets()
    const error = await refusal(engine.dial(nobody))
    expect(error).toMatchObject({ code: 'ECONNREFUSED', message: `connect ECONNREFUSED ${formatAddress(nobody)}` })
    await until('its socket closed', () => countSockets() === sockets)
  })

  it('says ENOENT when there is no such unix socket', async () => {
    const sockets = countSockets()
    const error = await refusal(engine.dial({ kind: 'unix', path: '/nonexistent/copyloop.sock' }))
    expect(error).toMatchObject({ code: 'ENOENT', message: expect.stringContaining('/nonexistent/copyloop.sock') })
    await until('its socket closed', () => countSockets() === sockets)
  })

  it('says the error of a connect that fails at once', async () => {
    // 255.255.255.255 is the broadcast address: connect(2) refuses it without a packet.
    const error = await refusal(engine.dial({ kind: 'tcp', host: '255.255.255.255', port: 9 }))
    expect(['ENETUNREACH', 'EACCES', 'EINVAL', 'EHOSTUNREACH']).toContain(error.code)
  })

  it('gives up a dial that hangs, and leaves no descriptor', async () => {
    const stalled = await openFullBacklog()
    const sockets = countSockets()
    const dials = Array.from({ length: 20 }, () => engine.dial(stalled.address))
    let settled = 0
    for (const { peer } of dials) peer.then(() => settled++).catch(() => settled++)
    await never('an end of the dial', () => settled > 0)
    expect(countSockets()).toBe(sockets + 20)
    const enough = new Error('enough')
    for (const dialling of dials) dialling.cancel(enough)
    for (const dialling of dials) expect(await refusal(dialling)).toBe(enough)
    expect(countSockets()).toBe(sockets)
    dials[0]?.cancel(new Error('again'))
    await stalled.close()
  })

  it('can be given up in the turn it was begun', async (harness) => {
    const sockets = countSockets()
    const enough = new Error('enough')
    const dialling = engine.dial(harness.server)
    dialling.cancel(enough)
    expect(await refusal(dialling)).toBe(enough)
    await until('its socket closed', () => countSockets() <= sockets + 1) // the upstream's end may still be there
  })

  it('resets a server that has accepted when it is given up', async () => {
    const ends: string[] = []
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('end', () => ends.push('FIN')).on('error', ({ code }: NodeJS.ErrnoException) => ends.push(code ?? ''))
      socket.resume()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    for (let turns = 0; turns < 4; turns++) {
      const dialling = engine.dial({ kind: 'tcp', host: '127.0.0.1', port })
      const enough = new Error('enough')
      // The kernels have shaken hands by then, and nobody here has heard of it.
      for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => process.nextTick(resolve))
      dialling.cancel(enough)
      expect(await refusal(dialling)).toBe(enough)
    }
    await until('the end of one at least', () => ends.length > 0)
    expect(new Set(ends)).toEqual(new Set(['ECONNRESET']))
    server.close()
  })

  it('is not disturbed by a cancel that comes too late', async (harness) => {
    const { peer } = await harness.accept()
    const dialling = engine.dial(harness.server)
    const server = await dialling.peer
    dialling.cancel(new Error('too late'))
    const { relay } = harness.join(peer, server)
    expect(await dialling.peer).toBe(server)
    await never('an end', () => relay.toClient.endedMs !== 0 || relay.toUpstream.endedMs !== 0)
  })

  it('tells of a client that resets during the dial, once', async (harness) => {
    const { endpoint: client, peer } = await harness.accept()
    const told: NodeJS.ErrnoException[] = []
    peer.onGone = (error) => told.push(error)
    client.reset()
    await until('the call', () => told.length > 0)
    expect(told[0]).toMatchObject({ code: 'ECONNRESET' })
    peer.reset()
    peer.close()
    await never('a second call', () => told.length > 1)
  })

  it('tells of a client that sends and then resets during the dial, once', async (harness) => {
    const { endpoint: client, peer } = await harness.accept()
    let told = 0
    peer.onGone = () => told++
    client.socket.write('hello', () => client.reset())
    await until('the call', () => told > 0)
    peer.reset()
    await never('a second call', () => told > 1)
  })

  it('tells of an upstream that resets before the relay, and relays it as that reset', async (harness) => {
    const { endpoint: client, peer } = await harness.accept()
    const { endpoint: upstream, peer: server } = await harness.dial()
    let told = 0
    server.onGone = () => told++
    upstream.reset()
    await until('the call', () => told > 0)
    const { ended } = harness.join(peer, server)
    expect(await within('the end', ended)).toMatchObject({ how: 'reset', by: 'upstream' })
    expect(await within('the RST', client.receivedAll)).toBe('ECONNRESET')
    expect(told).toBe(1)
  })

  it('passes on what a client sent during the dial, and its FIN, which is no going', async (harness) => {
    const { endpoint: client, peer } = await harness.accept()
    let told = 0
    peer.onGone = () => told++
    client.send(100)
    client.fin(200_000)
    await never('a call', () => told > 0)
    const { endpoint: upstream, peer: server } = await harness.dial()
    const connection = { client, upstream, ...harness.join(peer, server) }
    upstream.fin(100)
    await expectCompleted(connection)
    expect(told).toBe(0)
  })

  it('delivers what a client sent before the relay first', async (harness) => {
    const { endpoint: client, peer } = await harness.accept()
    client.send(1000)
    const { endpoint: upstream, peer: server } = await harness.dial()
    await never('bytes', () => upstream.received > 0, 30)
    const connection = { client, upstream, ...harness.join(peer, server) }
    client.send(500_000)
    client.fin()
    upstream.fin()
    await expectCompleted(connection)
  })
}
