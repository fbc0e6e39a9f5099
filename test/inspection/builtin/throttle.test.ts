import { describe, expect, test } from 'vitest'
import { optionsOf } from '../../../src/inspection/api/define-inspector.ts'
import throttle from '../../../src/inspection/builtin/throttle.ts'
import { ENGINES } from '../../support/engines.ts'
import { Random } from '../../support/random.ts'
import { until, within } from '../../support/until.ts'
import { withWorker } from '../../support/worker-harness.ts'

const KIB = 1024

describe.each(ENGINES)('builtin:throttle, engine $name', ({ open }) => {
  const engine = open()
  const inspect = [{ use: 'builtin:throttle', options: { toUpstream: '256KiB', burst: '32KiB' } }]
  const inspection = { threads: 1 }

  test('slows one direction of each connection to its rate, and nothing else', () =>
    withWorker(engine, { inspect, inspection }, async (harness) => {
      const [one, two] = [await harness.connect(), await harness.connect()]
      const startMs = performance.now()
      const sent = [one, two].map(({ client }) =>
        client.sendAll(288 * KIB, new Random(1), 16 * KIB).then(() => client.fin()),
      )
      await one.upstream.sendAll(4096 * KIB, new Random(2))
      await until('the other direction', () => one.client.received === 4096 * KIB)
      expect(performance.now() - startMs).toBeLessThan(700)
      await Promise.all(sent)
      for (const { upstream } of [one, two]) {
        expect(await within('the FIN', upstream.receivedAll)).toBe('FIN')
        expect([upstream.received, upstream.wrongAt]).toEqual([288 * KIB, undefined])
        upstream.fin()
      }
      // 288 KiB less a burst of 32 KiB at 256 KiB/s, and up to one chunk more at once.
      expect(performance.now() - startMs).toBeGreaterThan(700)
      expect(performance.now() - startMs).toBeLessThan(2_500)
      expect(harness.inspector('throttle').failures).toBe(0)
    }))
})

test('wants a rate', () => {
  expect(optionsOf(throttle).safeParse({}).success).toBe(false)
  expect(optionsOf(throttle).safeParse({ toClient: '5' }).success).toBe(false)
  expect(optionsOf(throttle).safeParse({ toClient: '1MiB' }).data).toEqual({ toClient: 2 ** 20, burst: 65_536 })
})
