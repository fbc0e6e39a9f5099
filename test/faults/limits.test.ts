import { describe, expect, test } from 'vitest'
import { expectCut } from '../proxy/outcomes/outcome-case.ts'
import { countSockets } from '../support/descriptors.ts'
import { ENGINES } from '../support/engines.ts'
import { until, within } from '../support/until.ts'
import { withWorker } from '../support/worker-harness.ts'

describe.each(ENGINES)('more connections than may be, engine $name', ({ open }) => {
  const engine = open()

  test('50 beyond the cap are closed at once, the others do not notice, and a place that is left is given again', () =>
    withWorker(engine, { maxConnections: 100 }, async (harness) => {
      const first = []
      for (let count = 0; count < 100; count++) first.push(await harness.connect())
      const sockets = countSockets()
      const excess = Array.from({ length: 50 }, () => harness.client())
      for (const client of excess) await expectCut(client)
      await until('their sockets to be closed', () => countSockets() === sockets)
      expect(harness.counts()).toMatchObject({ connectionsActive: 100, outcomes: { overLimit: 50 } })
      for (const { client, upstream } of first) {
        client.send(10)
        await until('the bytes', () => upstream.received === 10)
      }
      const [left] = first
      left?.client.fin()
      left?.upstream.fin()
      await harness.line('completed')
      const { client, upstream } = await harness.connect()
      upstream.send(10)
      await until('the bytes', () => client.received === 10)
    }))

  test('a flood of 2,000 beyond the cap is counted to the last one', () =>
    withWorker(engine, { maxConnections: 10 }, async (harness) => {
      const living: Awaited<ReturnType<typeof harness.connect>>[] = []
      for (let count = 0; count < 10; count++) living.push(await harness.connect())
      for (let round = 0; round < 20; round++) {
        const flood = Array.from({ length: 100 }, () => harness.client())
        await within('their ends', Promise.all(flood.map(({ receivedAll }) => receivedAll)))
      }
      expect(harness.counts()).toMatchObject({ connectionsAccepted: 2_010, outcomes: { overLimit: 2_000 } })
      for (const { client, upstream } of living) client.send(upstream.received + 1)
      await until('the living', () => living.every(({ upstream }) => upstream.received === 1))
    }))

  test('a proxy that points at itself stops at the cap, resets the whole chain, and serves on', () =>
    withWorker(engine, { maxConnections: 100, servers: (self) => [self] }, async (harness) => {
      const sockets = countSockets()
      for (let count = 1; count <= 3; count++) {
        const client = harness.client()
        client.send(10)
        await expectCut(client)
        client.socket.destroy()
        await harness.allClosed()
        // The last one of the chain is refused, and its end runs back to the first.
        expect(harness.counts().outcomes).toMatchObject({ overLimit: count })
        expect(harness.counts().connectionsAccepted).toBe(101 * count)
        await until('every socket closed', () => countSockets() === sockets)
      }
    }))
})
