/** A client that waits until its server has room. */
import { describe, expect, test } from 'vitest'
import { withServer } from '../../../src/serving/edits.ts'
import type { ServerStateName } from '../../../src/serving/state.ts'
import { DRAIN_AT_ONCE } from '../../../src/serving/state.ts'
import { ENGINES } from '../../support/engines.ts'
import { until, within } from '../../support/until.ts'
import { type WorkerHarness, withWorker } from '../../support/worker-harness.ts'
import { expectCut } from '../outcomes/outcome-case.ts'

const FULL_WITH_ONE = {
  upstream: (own: string) => ({
    servers: [{ address: own, maxConnections: 1 }],
    queue: { length: 2, timeout: '20s' },
  }),
}

const queued = (harness: WorkerHarness): number => harness.totals().of('upstream', 'app').queued

describe.each(ENGINES)('a client in the queue, engine $name,', ({ open }) => {
  const engine = open()

  test('is served with all that it has sent, its FIN included, once the one before it has ended', () =>
    withWorker(engine, FULL_WITH_ONE, async (harness) => {
      const first = await harness.connect()
      const client = harness.client()
      client.send(200_000)
      client.fin()
      await until('it waits', () => queued(harness) === 1)
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(queued(harness), 'a FIN does not leave').toBe(1)
      first.client.reset()
      await harness.line('clientReset')
      const upstream = await harness.served()
      expect(await within('the FIN', upstream.receivedAll)).toBe('FIN')
      expect([upstream.received, upstream.wrongAt]).toEqual([200_000, undefined])
      upstream.fin()
      const line = await harness.line('completed')
      expect(line).toMatchObject({ attempts: 1, bytesToUpstream: 200_000 })
      expect(line.queueMs).toBeGreaterThanOrEqual(100)
      expect(line.dialMs).toBeGreaterThanOrEqual(100)
      expect(queued(harness)).toBe(0)
    }))

  test('leaves at once when it resets, and its place in the queue is free', () =>
    withWorker(engine, FULL_WITH_ONE, async (harness) => {
      const first = await harness.connect()
      const [leaving, staying] = [harness.client(), harness.client()]
      await until('both wait', () => queued(harness) === 2)
      await expectCut(harness.client())
      const refused = await harness.line('overLimit')
      expect(refused).toMatchObject({ phase: 'dial', attempts: 0 })
      expect(refused).not.toHaveProperty('queueMs')
      leaving.reset()
      expect(await harness.line('clientGone')).toMatchObject({ phase: 'queue', attempts: 0, endedBy: 'client' })
      expect(queued(harness)).toBe(1)
      const another = harness.client()
      await until('another waits', () => queued(harness) === 2)
      first.client.reset()
      const upstream = await harness.served()
      staying.send(10)
      await until('the first in the queue is served', () => upstream.received === 10)
      another.reset()
    }))

  test('waits on while no server is in rotation, when one that comes then is sent away at once', () =>
    withWorker(engine, FULL_WITH_ONE, async (harness) => {
      await harness.connect()
      const waiting = harness.client()
      await until('it waits', () => queued(harness) === 1)
      const inState = (name: ServerStateName) =>
        harness.edit((state) => {
          const [[server = '', served] = []] = state.upstreams.get('app')?.servers ?? []
          return withServer(state, 'app', server, served && { ...served, maxConnections: 2, state: name })
        })
      await inState('draining')
      await expectCut(harness.client())
      await harness.line('noServer')
      expect(queued(harness)).toBe(1)
      await inState('up')
      const upstream = await harness.served()
      waiting.send(10)
      await until('it is served', () => upstream.received === 10)
      waiting.reset()
      expect(await harness.line('clientReset')).toHaveProperty('queueMs')
    }))

  test('is cut short when the proxy stops', () =>
    withWorker(engine, FULL_WITH_ONE, async (harness) => {
      await harness.connect()
      const client = harness.client()
      await until('it waits', () => queued(harness) === 1)
      expect(await harness.worker.drain(DRAIN_AT_ONCE)).toBe(2)
      await expectCut(client)
      await until('two lines', () => harness.lines().length === 2)
      expect(harness.lines().map(({ outcome, phase }) => [outcome, phase])).toEqual(
        expect.arrayContaining([['drained', 'queue']]),
      )
      expect(queued(harness)).toBe(0)
    }))

  test('has nothing read from it beyond 64 KiB', () =>
    withWorker(engine, FULL_WITH_ONE, async (harness) => {
      await harness.connect()
      const client = harness.client()
      await until('it waits', () => queued(harness) === 1)
      // More than the kernels of both sides hold.
      const written = client.socket.write(Buffer.alloc(64 * 1024 * 1024))
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(written).toBe(false)
      expect(client.socket.writableLength).toBeGreaterThan(32 * 1024 * 1024)
    }))
})
