/** Resets of inspected connections in which nothing moves any more, with no clock to end them. */
import { describe, expect, test } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { noteWhatIsOpen } from '../support/leftovers.ts'
import { Random } from '../support/random.ts'
import { until } from '../support/until.ts'
import { type WorkerHarness, type WorkerHarnessOptions, withWorker } from '../support/worker-harness.ts'
import { inspector } from './support.ts'

const SIDES = ['client', 'upstream'] as const
const OPTIONS: WorkerHarnessOptions = {
  inspect: [inspector('pass-all')],
  timeouts: { idle: 'off', stall: 'off', halfClose: 'off' },
}

/** Both sides send and neither reads, until nothing has moved for a while. */
const full = async (harness: WorkerHarness) => {
  const connection = await harness.connect()
  for (const side of SIDES) {
    connection[side].pause()
    void connection[side].sendAll(64 * 2 ** 20, new Random(3))
  }
  let [bytes, sinceMs] = [0, performance.now()]
  await until('full directions', () => {
    const { bytesToClient, bytesToUpstream } = harness.counts()
    if (bytesToClient + bytesToUpstream !== bytes) sinceMs = performance.now()
    bytes = bytesToClient + bytesToUpstream
    return bytesToClient > 0 && bytesToUpstream > 0 && performance.now() - sinceMs > 300
  })
  return connection
}

describe.each(ENGINES)('an inspected connection, engine $name', ({ open }) => {
  const engine = open()

  test('ends when both sides reset while both directions are full, in any order', () =>
    withWorker(engine, OPTIONS, async (harness) => {
      const nothingIsLeft = noteWhatIsOpen()
      for (const sides of [SIDES, [...SIDES].reverse()]) {
        const connection = await full(harness)
        for (const side of sides) connection[side].reset()
        await harness.allClosed()
      }
      await nothingIsLeft()
    }))

  test.each(SIDES)('ends when the %s resets and the other is blocked sending to it', (side) =>
    withWorker(engine, OPTIONS, async (harness) => {
      const connection = await full(harness)
      connection[side].reset()
      await harness.allClosed()
      expect(harness.counts().outcomes).toEqual({ [side === 'client' ? 'clientReset' : 'upstreamReset']: 1 })
    }),
  )
})
