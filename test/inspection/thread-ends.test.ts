/** What threads that end leave behind, and how soon others take their place. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configFromObject } from '../../src/config/load.ts'
import type { Config } from '../../src/config/schema.ts'
import { openStreamsEngine } from '../../src/engine/streams/streams-engine.ts'
import { openInspection } from '../../src/inspection/host/worker-inspection.ts'
import { measureMemory } from '../support/memory.ts'
import { countThreads } from '../support/threads.ts'
import { until, within } from '../support/until.ts'
import { type WorkerHarness, withWorker } from '../support/worker-harness.ts'
import { collect, inspector, untilText } from './support.ts'

const MIB = 2 ** 20
const SLOTS = 2

/** A connection whose inspector ends its thread. */
const endThread = async (harness: WorkerHarness, word: string): Promise<void> => {
  const { client } = await harness.connect()
  client.socket.write(word)
  expect(await within('the RST', client.receivedAll)).toBe('ECONNRESET')
  await until('the next thread', () => harness.inspector('faulty').threads === SLOTS)
}

const endThreads = async (harness: WorkerHarness, times: number): Promise<void> => {
  const words = ['throw later;', 'reject later;', 'leak buffers;', 'exit later;', 'throw later;', 'leak the heap;']
  for (let time = 0; time < times; time++) await endThread(harness, words[time % words.length] ?? '')
}

const inspectedBy = (name: string): Config['listeners'] =>
  configFromObject({
    listeners: [{ name: 'web', listen: ':0', upstream: 'app', inspect: [inspector(name)] }],
    upstreams: [{ name: 'app', servers: ['127.0.0.1:1'] }],
  }).listeners

describe('threads that end', () => {
  test('after forty of them there are as many threads, and as much memory, as after the first', () => {
    const inspect = [inspector('faulty', { timeout: '20s' })]
    const inspection = { threads: SLOTS, memory: '24MiB' }
    return withWorker(openStreamsEngine(), { inspect, inspection }, async (harness) => {
      await endThreads(harness, 6)
      const threads = countThreads()
      const { residentBytes } = measureMemory()
      await endThreads(harness, 40)
      await until(
        () => `${threads} threads, not ${countThreads()}`,
        () => countThreads() <= threads,
      )
      expect(measureMemory().residentBytes - residentBytes).toBeLessThan(100 * MIB)
    })
  }, 120_000)

  test('those of a module that rejects once it is loaded are replaced ever later, and leave none behind', async () => {
    // What libuv and V8 start when they are first needed is there after this.
    const warm = await openInspection({ listeners: inspectedBy('pass-all'), threads: 1, memoryBytes: 64 * MIB })
    const before = countThreads()
    warm.close()
    const options = { listeners: inspectedBy('rejects-once-loaded'), threads: 1, memoryBytes: 64 * MIB }
    const inspection = await openInspection(options)
    const endsMs: number[] = []
    let mostThreads = 0
    inspection.troubles = {
      onThreadEnd: (reason) => {
        expect(reason).toBe('rejected once it was loaded')
        endsMs.push(performance.now())
        mostThreads = Math.max(mostThreads, countThreads())
      },
      onThreadStuck: () => {},
      onFailure: () => {},
    }
    await until('seven have ended', () => endsMs.length >= 7)
    inspection.close()
    const pausesMs = endsMs.slice(1).map((ms, index) => ms - (endsMs[index] ?? 0))
    // The first was replaced at once. A timer of Node's may be a millisecond early.
    for (const [index, atLeastMs] of [0, 100, 200, 400, 800, 1600].entries()) {
      expect(pausesMs[index]).toBeGreaterThan(atLeastMs - 2)
    }
    // One that is ending, and one before it that is not quite gone.
    expect(mostThreads - before).toBeLessThanOrEqual(1)
    await until('no thread is left', () => countThreads() < before)
  })

  test('one that ends while others still load is replaced by one that serves', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'copyloop-'))
    process.env.COPYLOOP_TEST_FIRST = join(directory, 'first')
    const options = { inspect: [inspector('ends-first-thread')], inspection: { threads: SLOTS } }
    await withWorker(openStreamsEngine(), options, async (harness) => {
      await until('both threads', () => harness.inspector('ends-first-thread').threads === SLOTS)
      const [first, second] = [await harness.connect(), await harness.connect()]
      first.client.socket.write('exit;')
      expect(await within('the RST', first.client.receivedAll)).toBe('ECONNRESET')
      // On the other thread.
      const up = collect(second.upstream)
      second.client.socket.write('unharmed')
      await untilText(up, 'unharmed')
    })
    rmSync(directory, { recursive: true })
  })
})
