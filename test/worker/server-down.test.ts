/** The living connections of a server that goes down, where `onServerDown` is `close`. */
import { describe, expect, test } from 'vitest'
import { withServer } from '../../src/serving/edits.ts'
import type { ServerStateName } from '../../src/serving/state.ts'
import { ENGINES } from '../support/engines.ts'
import { until } from '../support/until.ts'
import { type WorkerHarness, type WorkerHarnessOptions, withWorker } from '../support/worker-harness.ts'

const setTo = (harness: WorkerHarness, name: ServerStateName) =>
  harness.edit((state) => {
    const [[server = '', served] = []] = state.upstreams.get('app')?.servers ?? []
    return withServer(state, 'app', server, served && { ...served, state: name })
  })

const active = (harness: WorkerHarness): number => harness.counts().connectionsActive

describe.each(ENGINES)('of a server that goes down, engine $name,', ({ open }) => {
  const engine = open()
  const options: WorkerHarnessOptions = { upstream: (own) => ({ servers: [own], onServerDown: 'close' }) }

  test('many connections are cut over a second, and when it is back those that are left live on', () =>
    withWorker(engine, options, async (harness) => {
      for (let count = 0; count < 100; count++) await harness.connect()
      await setTo(harness, 'maintenance')
      await until('the first are cut', () => active(harness) < 100)
      await setTo(harness, 'up')
      const left = active(harness)
      expect(left).toBeGreaterThan(0)
      // Longer than the spread, and the second look after it.
      await new Promise((resolve) => setTimeout(resolve, 2_500))
      expect(active(harness)).toBe(left)
      expect(harness.counts().outcomes).toEqual({ serverDown: 100 - left })
    }))

  test('all are cut although it is removed meanwhile', () =>
    withWorker(engine, options, async (harness) => {
      for (let count = 0; count < 100; count++) await harness.connect()
      await setTo(harness, 'down')
      await until('the first are cut', () => active(harness) < 100)
      await harness.edit((state) => {
        const [[server = ''] = []] = state.upstreams.get('app')?.servers ?? []
        return withServer(state, 'app', server, undefined)
      })
      await harness.allClosed()
      expect(harness.counts().outcomes).toEqual({ serverDown: 100 })
    }))
})
