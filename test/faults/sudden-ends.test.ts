/**
 * Which row of the list of faults that broke other proxies is tested where. «Broke others»:
 *
 *   1 connections beyond the cap ............ limits.test.ts
 *   2 an idle connection that spins ......... flat-cpu.test.ts
 *  18 half-close and a stopped reader ....... flat-cpu.test.ts
 *  19 FIN before the data of a slow reader .. engine/contract/half-close.ts («only after the bytes that a slow reader…»)
 *  20 data, FIN, RST ........................ engine/contract/resets-and-data.ts («1 MiB and the FIN when…»)
 *  21 a slow reader that aborts, ×200 ....... here
 *  22 a client that aborts the dial, ×200 ... here
 *  24 1,000 connections that fail ........... here
 *
 * «Bad inputs and faults», as far as the data path meets them (the rest is in test/config, test/e2e and test/primary):
 *
 *   6, 7 no name, no server ................. proxy/outcomes.test.ts, upstream/resolve.test.ts, proxy/resolving.test.ts
 *   8 a proxy that points at itself ......... limits.test.ts
 *  11 FIN, then an answer ................... engine/contract/half-close.ts
 *  12 RST in mid-transfer ................... here; engine/contract/resets.ts
 *  13 a server that speaks first ............ engine/contract/small-writes.ts; silence: proxy/outcomes.test.ts (idleTimeout)
 *  16, 17, 27 readers that are slow or stop . engine/contract/backpressure.ts, slow-readers.test.ts, proxy/outcomes.test.ts
 *  18 5,000 idle connections ................ idle-crowd.test.ts
 *  19 a flood beyond maxConnections ......... limits.test.ts
 *  20 EMFILE at accept and at connect ....... out-of-descriptors.test.ts, proxy/outcomes.test.ts (resourceExhausted)
 *  21 a client that is gone before the dial . proxy/outcomes.test.ts (clientGone), here
 *  22, 23, 24 refused, black hole, closed ... proxy/dial.test.ts
 *  25 RST with data in flight ............... engine/contract/resets-and-data.ts
 *  26 FIN, and a client that stays .......... proxy/outcomes.test.ts (halfCloseTimeout)
 *  29 loss on the wire ...................... not here: it needs a network namespace with netem
 *  36 a worker that is stopped .............. e2e/workers.test.ts
 */
import { describe, expect, test } from 'vitest'
import { formatAddress } from '../../src/config/fields/address.ts'
import { refusingAddress } from '../support/addresses.ts'
import { ENGINES } from '../support/engines.ts'
import { openFarServer } from '../support/far-server.ts'
import { openFullBacklog } from '../support/full-backlog.ts'
import { noteWhatIsOpen } from '../support/leftovers.ts'
import { Random } from '../support/random.ts'
import { until, within } from '../support/until.ts'
import { withWorker } from '../support/worker-harness.ts'

describe.each(ENGINES)('connections that end suddenly, engine $name', ({ open }) => {
  const engine = open()

  test(
    '200 readers that stop and abort while 10 MB wait for them leave nothing, and the server is told',
    () =>
      withWorker(engine, {}, async (harness) => {
        const nothingIsLeft = noteWhatIsOpen()
        const relaying = (): number =>
          harness
            .totals()
            .entries('server')
            .reduce((sum, { counts }) => sum + counts.connectionsActive, 0)
        const lifeAndDeath = async (): Promise<void> => {
          const { client, upstream } = await harness.connect()
          client.pause()
          const sending = upstream.sendAll(10_000_000, new Random(1), 200_000)
          await until('bytes that wait', () => relaying() === 1 && upstream.sent > 1_000_000)
          client.reset()
          await within('the end for the server', upstream.receivedAll)
          await sending
          expect(upstream.sawFin).toBe(false)
        }
        for (let count = 0; count < 200; count++) await lifeAndDeath()
        await harness.allClosed()
        expect(harness.counts().outcomes).toEqual({ clientReset: 200 })
        await nothingIsLeft()
      }),
    60_000,
  )

  test('200 clients that abort while the server does not answer leave nothing', async () => {
    const stalled = await openFullBacklog()
    await withWorker(engine, { servers: () => [formatAddress(stalled.address)] }, async (harness) => {
      const nothingIsLeft = noteWhatIsOpen()
      for (let round = 0; round < 4; round++) {
        const clients = Array.from({ length: 50 }, () => harness.client())
        await until('50 dials', () => harness.counts().connectionsActive === 50)
        for (const client of clients) client.reset()
        await harness.allClosed()
      }
      expect(harness.counts().outcomes).toEqual({ clientGone: 200 })
      await nothingIsLeft()
    })
    await stalled.close()
  })

  test('1,000 clients whose server refuses leave nothing', async () => {
    const server = refusingAddress()
    await withWorker(engine, { servers: () => [server] }, async (harness) => {
      const nothingIsLeft = noteWhatIsOpen()
      for (let round = 0; round < 20; round++) {
        const clients = Array.from({ length: 50 }, () => harness.client())
        await within('50 ends', Promise.all(clients.map(({ receivedAll }) => receivedAll)))
      }
      await until('all counted', () => harness.counts().outcomes.dialRefused === 1_000)
      await nothingIsLeft()
    })
  })

  test('200 clients of a server that answers and resets at once get the whole answer', async () => {
    const answer = '-ERR max number of clients reached\r\n'
    const far = await openFarServer(answer, 'reset')
    await withWorker(engine, { servers: () => [formatAddress(far.address)] }, async (harness) => {
      const nothingIsLeft = noteWhatIsOpen()
      for (let count = 0; count < 200; count++) {
        const client = harness.client()
        if (count % 2 === 0) client.send(10)
        expect(await within('the RST', client.receivedAll)).toBe('ECONNRESET')
        expect(client.received).toBe(answer.length)
      }
      await harness.allClosed()
      expect(harness.counts().outcomes).toEqual({ upstreamReset: 200 })
      await nothingIsLeft()
    })
    await far.close()
  })

  test('a RST in mid-transfer reaches the other side at once, and both sockets are freed', () =>
    withWorker(engine, {}, async (harness) => {
      const nothingIsLeft = noteWhatIsOpen()
      for (const side of ['client', 'upstream'] as const) {
        const connection = await harness.connect()
        const [resetter, living] = [connection[side], connection[side === 'client' ? 'upstream' : 'client']]
        const sending = resetter.sendAll(Number.MAX_SAFE_INTEGER, new Random(2))
        await until('a transfer', () => living.received > 10_000_000)
        resetter.reset()
        expect(await within('the RST', living.receivedAll)).toBe('ECONNRESET')
        await sending
        await nothingIsLeft()
      }
      expect(harness.counts().outcomes).toEqual({ clientReset: 1, upstreamReset: 1 })
    }))
})
