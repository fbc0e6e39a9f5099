import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { formatAddress } from '../../../src/config/fields/address.ts'
import { refusingAddress } from '../../support/addresses.ts'
import { ENGINES } from '../../support/engines.ts'
import { openFullBacklog } from '../../support/full-backlog.ts'
import { until, within } from '../../support/until.ts'
import { withWorker } from '../../support/worker-harness.ts'
import { expectCut } from '../outcomes/outcome-case.ts'

const open: { servers: Server[]; sockets: Socket[] } = { servers: [], sockets: [] }

afterEach(() => {
  for (const socket of open.sockets.splice(0)) socket.destroy()
  for (const server of open.servers.splice(0)) server.close()
})

/** A server of the test's own, its connections so far, and how it treats each. */
const serve = async (treat: (socket: Socket) => void = () => {}) => {
  const accepted: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.sockets.push(socket.on('error', () => {}))
    accepted.push(socket)
    treat(socket)
  })
  open.servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { address: `127.0.0.1:${port}`, accepted }
}

describe.each(ENGINES)('dialling, engine $name', ({ open: openEngine }) => {
  const engine = openEngine()

  test('the next server is tried when one refuses, and gets all that the client has said', async () => {
    const [refusing, good] = [refusingAddress(), await serve((socket) => socket.pipe(socket))]
    await withWorker(engine, { servers: () => [refusing, good.address] }, async (harness) => {
      const client = harness.client()
      client.socket.end('hello')
      expect(await within('the FIN', client.receivedAll)).toBe('FIN')
      expect(client.received).toBe(5)
      const line = await harness.line('completed')
      expect(line).toMatchObject({ server: good.address, attempts: 2, bytesToUpstream: 5, bytesToClient: 5 })
      expect(harness.server(refusing)).toMatchObject({ dialFailures: 1, connectionsTotal: 0 })
      expect(harness.server(good.address)).toMatchObject({ dialFailures: 0, connectionsTotal: 1, bytesToClient: 5 })
    })
  })

  test('servers are taken in turn, and a refused client has tried each of them once', async () => {
    const [one, two] = [refusingAddress(), refusingAddress()]
    await withWorker(engine, { servers: () => [one, two] }, async (harness) => {
      for (let count = 0; count < 4; count++) await expectCut(harness.client())
      await until('four lines', () => harness.lines().length === 4)
      expect(harness.lines().map(({ server, attempts }) => [server, attempts])).toEqual([
        [two, 2],
        [one, 2],
        [two, 2],
        [one, 2],
      ])
    })
  })

  test('a server that does not answer has its connect timeout, then the next one is reached', async () => {
    const [stalled, good] = [await openFullBacklog(), await serve()]
    const servers = () => [formatAddress(stalled.address), good.address]
    await withWorker(engine, { servers, timeouts: { connect: '200ms' } }, async (harness) => {
      const client = harness.client()
      await until('the second server', () => good.accepted.length === 1)
      client.reset()
      const line = await harness.line('clientReset')
      expect(line).toMatchObject({ server: good.address, attempts: 2 })
      expect(line.dialMs).toBeGreaterThanOrEqual(200)
    })
    await stalled.close()
  })

  test('each server that does not answer has the whole connect timeout', async () => {
    const stalled = [await openFullBacklog(), await openFullBacklog()]
    const servers = () => stalled.map(({ address }) => formatAddress(address))
    await withWorker(engine, { servers, timeouts: { connect: '200ms' } }, async (harness) => {
      await expectCut(harness.client())
      const line = await harness.line('dialTimeout')
      expect(line).toMatchObject({ attempts: 2, error: 'ETIMEDOUT' })
      expect(line.durationMs).toBeGreaterThanOrEqual(400)
    })
    for (const { close } of stalled) await close()
  })

  test('what the last server said is the outcome', async () => {
    const [stalled, refusing] = [await openFullBacklog(), refusingAddress()]
    const servers = () => [formatAddress(stalled.address), refusing]
    await withWorker(engine, { servers, timeouts: { connect: '100ms' } }, async (harness) => {
      await expectCut(harness.client())
      expect(await harness.line('dialRefused')).toMatchObject({ attempts: 2, server: refusing })
      await expectCut(harness.client())
      expect(await harness.line('dialTimeout')).toMatchObject({ attempts: 2, server: servers()[0] })
    })
    await stalled.close()
  })

  test('a server that accepts and closes at once is not left for another one', async () => {
    const [closing, other] = [await serve((socket) => socket.end()), await serve()]
    await withWorker(engine, { servers: () => [closing.address, other.address] }, async (harness) => {
      const client = harness.client()
      client.send(10)
      expect(await within('the FIN', client.receivedAll)).toBe('FIN')
      client.fin()
      expect(await harness.line('completed')).toMatchObject({ attempts: 1, endedBy: 'upstream', bytesToClient: 0 })
      expect(other.accepted).toEqual([])
    })
  })

  test('a server that resets after the first byte is not left for another one', async () => {
    const [resetting, other] = [
      await serve((socket) => socket.once('data', () => socket.resetAndDestroy())),
      await serve(),
    ]
    await withWorker(engine, { servers: () => [resetting.address, other.address] }, async (harness) => {
      const client = harness.client()
      client.send(1)
      await expectCut(client)
      expect(await harness.line('upstreamReset')).toMatchObject({
        attempts: 1,
        endedBy: 'upstream',
        bytesToUpstream: 1,
      })
      expect(other.accepted).toEqual([])
    })
  })

  test('an address that no packet can reach ends the dial with the system’s reason', () =>
    withWorker(engine, { servers: () => ['255.255.255.255:9'] }, async (harness) => {
      await expectCut(harness.client())
      const { error, attempts } = await harness.line('dialFailed')
      expect(attempts).toBe(1)
      expect(['ENETUNREACH', 'EACCES', 'EINVAL', 'EHOSTUNREACH']).toContain(error)
    }))
})
