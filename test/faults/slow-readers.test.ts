import { describe, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { measureMemory } from '../support/memory.ts'
import { Random } from '../support/random.ts'
import { until, within } from '../support/until.ts'
import { withWorker } from '../support/worker-harness.ts'

const MIB = 2 ** 20

describe.each(ENGINES)('readers that are slow or stop, engine $name', ({ open }) => {
  const engine = open()

  test(
    '6 × 32 MiB for readers that do not read yet are held by the senders, and then arrive',
    () =>
      withWorker(engine, {}, async (harness) => {
        const before = measureMemory()
        const transfers = []
        for (let count = 0; count < 6; count++) {
          const connection = await harness.connect()
          connection.client.pause()
          transfers.push({ ...connection, sent: connection.upstream.sendAll(32 * MIB, new Random(count)) })
        }
        let last = -1
        let sinceMs = 0
        await until('nothing moves', () => {
          const { bytesToClient } = harness.counts()
          if (bytesToClient !== last) sinceMs = performance.now()
          last = bytesToClient
          return performance.now() - sinceMs > 300
        })
        const held = measureMemory()
        // 64 KiB a direction are promised; each of the test's own servers holds a piece of up to 1 MiB.
        expect(held.residentBytes - before.residentBytes).toBeLessThan(24 * MIB)
        for (const { client, upstream, sent } of transfers) {
          client.resume()
          await sent
          upstream.fin()
          expect(await within('the FIN', client.receivedAll, 20_000)).toBe('FIN')
          expect([client.received, client.wrongAt]).toEqual([32 * MIB, undefined])
        }
      }),
    60_000,
  )

  test('a server that accepts and never reads stops the client, and both are freed when it stalls', () =>
    withWorker(engine, { timeouts: { stall: '500ms' } }, async (harness) => {
      const { client, upstream } = await harness.connect()
      upstream.pause()
      const sending = client.sendAll(256 * MIB, new Random(7))
      const line = await harness.line('stallTimeout')
      expect(line.bytesToUpstream).toBeLessThan(64 * MIB)
      await sending
      expect(['ECONNRESET', 'EPIPE']).toContain(await within('the end', client.receivedAll))
      await harness.allClosed()
    }))
})
