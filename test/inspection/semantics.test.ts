import { describe, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { measureMemory } from '../support/memory.ts'
import { Random } from '../support/random.ts'
import { never, until, within } from '../support/until.ts'
import { type WorkerHarness, withWorker } from '../support/worker-harness.ts'
import { collect, inspector, untilText } from './support.ts'

const MIB = 2 ** 20

/** Random pieces both ways at once, to the end; every byte is compared. */
const exchange = async (harness: WorkerHarness, bytes: number, seed: number, longest = 2 ** 20): Promise<void> => {
  const { client, upstream } = await harness.connect()
  await Promise.all([
    client.sendAll(bytes, new Random(seed), longest).then(() => client.fin()),
    upstream.sendAll(bytes, new Random(seed + 1), longest).then(() => upstream.fin()),
  ])
  for (const end of [client, upstream]) {
    expect(await within('the FIN', end.receivedAll, 25_000)).toBe('FIN')
    expect([end.received, end.wrongAt]).toEqual([bytes, undefined])
  }
}

describe.each(ENGINES)('inspection, engine $name', ({ open }) => {
  const engine = open()

  test.each([
    ['passes', 0, 1],
    ['holds and replaces at random', 0.5, 1],
    ['is three, each holding and replacing at random', 0.4, 3],
  ])('an inspector that %s changes no byte and no order', (_, holds, times) => {
    const inspect = Array.from({ length: times }, () => inspector('random', { options: { holds } }))
    return withWorker(engine, { inspect }, async (harness) => {
      for (const [index, longest] of [10, 1000, 2 ** 20].entries()) {
        await exchange(harness, longest === 10 ? 5000 : 2 * MIB, index * 10, longest)
      }
      await until('three lines', () => harness.lines().length === 3)
      expect(harness.lines().map(({ outcome }) => outcome)).toEqual(['completed', 'completed', 'completed'])
    })
  })

  test('100 connections at once share the threads, each in its order', () =>
    withWorker(engine, { inspect: [inspector('random', { options: { holds: 0.3 } })] }, async (harness) => {
      const pairs = []
      for (let count = 0; count < 100; count++) pairs.push(await harness.connect())
      await Promise.all(
        pairs.flatMap(({ client, upstream }, index) => [
          client.sendAll(100_000, new Random(index), 20_000).then(() => client.fin()),
          upstream.sendAll(100_000, new Random(index + 100), 20_000).then(() => upstream.fin()),
        ]),
      )
      for (const { client, upstream } of pairs) {
        for (const end of [client, upstream]) {
          expect(await within('the FIN', end.receivedAll)).toBe('FIN')
          expect([end.received, end.wrongAt]).toEqual([100_000, undefined])
        }
      }
      const counts = harness.inspector('random')
      expect(counts).toMatchObject({ threads: 2, bytes: 20_000_000, failures: 0 })
      expect(Object.values(counts.verdicts).reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(counts.chunks)
      expect(Object.values(counts.timeUs).reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(counts.chunks)
      await until('nothing waits', () => harness.inspector('random').queueLength === 0)
    }))

  test('each inspector sees what the one before it let through', () =>
    withWorker(
      engine,
      { inspect: [inspector('tag', { options: { tag: '1' } }), inspector('tag', { options: { tag: '2' } })] },
      async (harness) => {
        const { client, upstream } = await harness.connect()
        const up = collect(upstream)
        client.socket.write('x')
        await untilText(up, '21x')
        expect([harness.inspector('tag').bytes, harness.inspector('tag-2').bytes]).toEqual([1, 2])
        client.socket.end()
        upstream.socket.end()
        expect((await harness.line('completed')).inspectors).toEqual([
          expect.stringMatching(/^tag@/),
          expect.stringMatching(/^tag-2@/),
        ])
      },
    ))

  test('an inspector sees only the directions and the first bytes that it is to see', () => {
    const limited = inspector('scripted', { directions: 'toUpstream', firstBytes: '10B' })
    return withWorker(engine, { inspect: [limited] }, async (harness) => {
      const { client, upstream } = await harness.connect()
      const [up, down] = [collect(upstream), collect(client)]
      upstream.socket.write('BLOCK')
      await untilText(down, 'BLOCK')
      client.socket.write('REPLACE')
      await untilText(up, 'replaced')
      client.socket.write('REPLACE')
      await untilText(up, 'replacedreplaced')
      client.socket.write('REPLACE')
      await untilText(up, 'replacedreplacedREPLACE')
      expect(harness.inspector('scripted')).toMatchObject({ chunks: 2, bytes: 14 })
    })
  })

  test('after detach the bulk goes past the threads', () =>
    withWorker(engine, { inspect: [inspector('detach-first')] }, async (harness) => {
      await exchange(harness, 32 * MIB, 50)
      expect(harness.inspector('detach-first').chunks).toBeLessThanOrEqual(2)
    }))

  test('a slow inspector slows its client and nobody else, and memory stays bounded', () =>
    withWorker(
      engine,
      { inspect: [inspector('faulty', { directions: 'toUpstream', timeout: '1s' })], inspection: { threads: 2 } },
      async (harness) => {
        const slow = await harness.connect()
        const other = await harness.connect()
        const up = collect(slow.upstream)
        slow.client.socket.write('slow;')
        await untilText(up, 'slow;')
        const before = measureMemory()
        let sent = 0
        const block = Buffer.alloc(MIB)
        while (slow.client.socket.writableLength === 0 && sent < 64) {
          slow.client.socket.write(block)
          sent += 1
          await new Promise(setImmediate)
        }
        expect(sent).toBeLessThan(64)
        // The other direction of the slow one, and another connection on another thread.
        await slow.upstream.sendAll(4 * MIB, new Random(1))
        await until('the other direction', () => slow.client.received === 4 * MIB)
        await other.client.sendAll(4 * MIB, new Random(2))
        await until('the other connection', () => other.upstream.received === 4 * MIB)
        expect(measureMemory().residentBytes - before.residentBytes).toBeLessThan(64 * MIB)
        await never('a failure', () => harness.inspector('faulty').failures > 0)
        slow.client.reset()
        await harness.line('clientReset')
      },
    ))

  test('a listener without inspectors has none in its line and in the counts', () =>
    withWorker(engine, {}, async (harness) => {
      await exchange(harness, 1000, 1)
      const line = await harness.line('completed')
      for (const field of ['inspectors', 'protocol', 'serverName', 'verdict']) expect(line).not.toHaveProperty(field)
      expect(harness.worker.counts.all()).not.toHaveProperty('inspectors')
    }))
})
