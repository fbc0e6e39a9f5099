import { expect, test } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import { ENGINES } from '../../support/engines.ts'
import { withWorker } from '../../support/worker-harness.ts'

const STANDS_STILL_MS = 700

const standStill = (): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STANDS_STILL_MS)
}

/** The process stands still as soon as the connect is under way, and its clock runs. */
const standingStillAfterDial = (engine: Engine): Engine => ({
  ...engine,
  dial: (address) => {
    queueMicrotask(standStill)
    return engine.dial(address)
  },
})

test.each(ENGINES)(
  'a connect that was done while the process stood still for longer than `connect` is no dialTimeout, engine $name',
  ({ open }) =>
    withWorker(standingStillAfterDial(open()), { timeouts: { connect: '500ms' } }, async (harness) => {
      const { client, upstream } = await harness.connect()
      client.fin(1)
      upstream.fin(1)
      expect(await Promise.all([client.receivedAll, upstream.receivedAll])).toEqual(['FIN', 'FIN'])
      expect(await harness.line('completed')).toMatchObject({ attempts: 1 })
    }),
)
