import { afterEach, describe, expect, test, vi } from 'vitest'
import { LimitedPlaces } from '../../../src/serving/limited-places.ts'
import { DRAIN_AT_ONCE } from '../../../src/serving/state.ts'
import { countSockets } from '../../support/descriptors.ts'
import { ENGINES } from '../../support/engines.ts'
import { until } from '../../support/until.ts'
import { withWorker } from '../../support/worker-harness.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Has `giveBack` note how many sockets are open when it is called. */
const watchGiveBack = (): number[] => {
  const open: number[] = []
  const { giveBack } = LimitedPlaces.prototype
  vi.spyOn(LimitedPlaces.prototype, 'giveBack').mockImplementation(function (this: LimitedPlaces) {
    open.push(countSockets())
    giveBack.call(this)
  })
  return open
}

describe.each(ENGINES)('a place is given back when both sockets are closed, engine $name:', ({ open }) => {
  const engine = open()

  test.each(['completed', 'clientReset', 'upstreamReset', 'drained'])('%s', (outcome) =>
    withWorker(engine, {}, async (harness) => {
      const { client, upstream } = await harness.connect()
      upstream.send(1)
      await until('the relay', () => client.received === 1)
      const before = countSockets()
      const openThen = watchGiveBack()
      if (outcome === 'completed') {
        client.fin()
        upstream.fin()
      }
      if (outcome === 'clientReset') client.reset()
      if (outcome === 'upstreamReset') upstream.reset()
      if (outcome === 'drained') await harness.worker.drain(DRAIN_AT_ONCE)
      await harness.line(outcome)
      // One at the server, one at the listener.
      expect(openThen).toHaveLength(2)
      // The two of the worker; its far ends are in this process too, and the drain has closed the listening socket.
      const own = 2 + (outcome === 'clientReset' || outcome === 'upstreamReset' || outcome === 'drained' ? 1 : 0)
      expect(Math.max(...openThen)).toBeLessThanOrEqual(before - own)
    }),
  )
})
