import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { AccessLogConfig } from '../../src/config/sections/log.ts'
import { ENGINES } from '../support/engines.ts'
import { until } from '../support/until.ts'
import { type WorkerHarness, withWorker } from '../support/worker-harness.ts'

const follow = (harness: WorkerHarness, access: AccessLogConfig | false): Promise<void> =>
  harness.edit((state) => ({ ...state, log: { ...state.log, access } }))

/** One connection that completes. */
const visit = async (harness: WorkerHarness): Promise<void> => {
  const { client, upstream } = await harness.connect()
  const closed = once(client.socket, 'close')
  client.socket.end()
  upstream.socket.end()
  client.socket.resume()
  upstream.socket.resume()
  await closed
  await harness.allClosed()
}

describe.each(ENGINES)('the access log of a worker, engine $name', ({ open }) => {
  const engine = open()

  test('is turned off and on while it runs', () =>
    withWorker(engine, {}, async (harness) => {
      await follow(harness, false)
      await visit(harness)
      await follow(harness, { sample: 1 })
      await visit(harness)
      await until('the line', () => harness.lines().length === 1)
    }))

  test('shows networks of clients while it is to be anonymous', () =>
    withWorker(engine, {}, async (harness) => {
      await follow(harness, { sample: 1, anonymize: 24 })
      await visit(harness)
      await follow(harness, { sample: 1 })
      await visit(harness)
      await until('both lines', () => harness.lines().length === 2)
      const clients = harness.lines().map(({ client }) => client)
      expect(clients).toEqual([
        expect.stringMatching(/^127\.0\.0\.0:\d+$/),
        expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      ])
    }))

  test('of a sample of none has those that did not complete', () =>
    withWorker(engine, {}, async (harness) => {
      await follow(harness, { sample: 0 })
      await visit(harness)
      const { client } = await harness.connect()
      client.socket.resetAndDestroy()
      await harness.line('clientReset')
      expect(harness.lines()).toHaveLength(1)
    }))
})
