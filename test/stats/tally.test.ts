import { describe, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { Random } from '../support/random.ts'
import { until, within } from '../support/until.ts'
import { type AccessLine, type WorkerHarness, withWorker } from '../support/worker-harness.ts'

const sum = (lines: readonly AccessLine[], field: 'bytesToUpstream' | 'bytesToClient'): number =>
  lines.reduce((total, line) => total + line[field], 0)

/** One connection that ends in one of many ways. */
const liveAndDie = async (harness: WorkerHarness, random: Random): Promise<void> => {
  const { client, upstream } = await harness.connect()
  const [one, other] = random.pick([
    [client, upstream],
    [upstream, client],
  ] as const)
  one.send(random.size(300_000))
  other.send(random.size(300_000))
  for (let turns = random.between(0, 5); turns > 0; turns--) await new Promise(setImmediate)
  const end = random.pick(['fin', 'reset', 'finAndReset'] as const)
  if (end === 'reset') one.reset()
  else {
    one.fin(random.size(10_000))
    if (end === 'finAndReset') other.reset()
    else other.fin()
  }
  await within('both ends', Promise.all([client.receivedAll, upstream.receivedAll]))
}

describe.each(ENGINES)('the totals of a worker, engine $name', ({ open }) => {
  const engine = open()

  test('are current while a connection lives', () =>
    withWorker(engine, {}, async (harness) => {
      const { client, upstream } = await harness.connect()
      const reached = () => harness.totals().entries('server')[0]?.counts
      const counts = (): object => {
        const web = harness.counts()
        expect(reached()).toMatchObject({ connectionsTotal: 1, dialFailures: 0 })
        expect(reached()?.bytesToClient).toBe(web.bytesToClient)
        expect(reached()?.connectionsActive).toBe(web.connectionsActive)
        return web
      }
      const now = { connectionsAccepted: 1, connectionsActive: 1, outcomes: {} }
      await until('the relay', () => reached()?.connectionsActive === 1)
      expect(counts()).toEqual({ ...now, bytesToUpstream: 0, bytesToClient: 0 })
      client.send(1_000)
      await until('the bytes', () => upstream.received === 1_000)
      expect(counts()).toEqual({ ...now, bytesToUpstream: 1_000, bytesToClient: 0 })
      await upstream.sendAll(8_000_000, new Random(1))
      await until('all bytes', () => client.received === 8_000_000)
      expect(counts()).toEqual({ ...now, bytesToUpstream: 1_000, bytesToClient: 8_000_000 })
      client.fin()
      upstream.fin()
      await harness.line('completed')
      const end = { connectionsAccepted: 1, connectionsActive: 0, outcomes: { completed: 1 } }
      expect(counts()).toEqual({ ...end, bytesToUpstream: 1_000, bytesToClient: 8_000_000 })
    }))

  test('count bytes that a stopped reader’s kernel has taken, not those that are held for it', () =>
    withWorker(engine, {}, async (harness) => {
      const { client, upstream } = await harness.connect()
      upstream.pause()
      const sending = client.sendAll(64 * 2 ** 20, new Random(2))
      let last = -1
      let sinceMs = 0
      await until('nothing moves', () => {
        const { bytesToUpstream } = harness.counts()
        if (bytesToUpstream !== last) sinceMs = performance.now()
        last = bytesToUpstream
        return last > 0 && performance.now() - sinceMs > 300
      })
      expect(last).toBeLessThan(client.sent)
      upstream.resume()
      await sending
      await until('everything', () => harness.counts().bytesToUpstream === client.sent)
    }))

  // Five at a time: the streams engine looks into the kernel's tables before it passes a RST on, and they can be long.
  test(
    'never fall, and are the sums of the log lines of 100 connections that end at random',
    () =>
      withWorker(engine, {}, async (harness) => {
        const random = new Random(3)
        let last = harness.counts()
        for (let round = 0; round < 20; round++) {
          await Promise.all(Array.from({ length: 5 }, () => liveAndDie(harness, random)))
          const now = harness.counts()
          for (const field of ['connectionsAccepted', 'bytesToUpstream', 'bytesToClient'] as const)
            expect(now[field]).toBeGreaterThanOrEqual(last[field])
          last = now
        }
        await harness.allClosed()
        await until('every line', () => harness.lines().length === 100)
        const [lines, counts] = [harness.lines(), harness.counts()]
        const outcomes: Record<string, number> = {}
        for (const { outcome } of lines) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
        expect(Object.keys(outcomes).length).toBeGreaterThan(1)
        expect(counts).toEqual({
          connectionsAccepted: 100,
          connectionsActive: 0,
          bytesToUpstream: sum(lines, 'bytesToUpstream'),
          bytesToClient: sum(lines, 'bytesToClient'),
          outcomes,
        })
        const server = harness.totals().entries('server')[0]?.counts
        const { bytesToUpstream, bytesToClient } = counts
        // A RST that comes as soon as the server has accepted can be met as a dial that fails.
        const reached = lines.filter(({ phase }) => phase === 'relay').length
        const sums = { connectionsTotal: reached, dialFailures: 100 - reached, bytesToUpstream, bytesToClient }
        expect(server).toMatchObject({ connectionsActive: 0, ...sums })
        expect(new Set(lines.map(({ connectionId }) => connectionId)).size).toBe(100)
      }),
    60_000,
  )
})
