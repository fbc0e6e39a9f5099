/** A client whose first server fails while the others are full: it waits for those. */
import { describe, expect, test } from 'vitest'
import { formatAddress } from '../../../src/config/fields/address.ts'
import { refusingAddress } from '../../support/addresses.ts'
import { ENGINES } from '../../support/engines.ts'
import { openFullBacklog } from '../../support/full-backlog.ts'
import { MoodyServer } from '../../support/moody-server.ts'
import { until } from '../../support/until.ts'
import { type WorkerHarness, withWorker } from '../../support/worker-harness.ts'
import { expectCut } from '../outcomes/outcome-case.ts'

const queued = (harness: WorkerHarness): number => harness.totals().of('upstream', 'app').queued

const active = (harness: WorkerHarness): number => harness.totals().of('listener', 'web').connectionsActive

/** A server that refuses and has room, and one that is full with one. */
const deadAndFull = (dead: string, length: number, timeout = '20s') => ({
  upstream: (own: string) => ({
    servers: [dead, { address: own, maxConnections: 1 }],
    queue: { length, timeout },
  }),
})

/** The client that has the only place. */
const connectFirst = async (harness: WorkerHarness) => {
  const first = await harness.connect()
  await until('it is served', () => active(harness) === 1)
  return first
}

describe.each(ENGINES)('a client whose first server refused while the other is full, engine $name,', ({ open }) => {
  const engine = open()

  test('waits for that one, and each is served when it has room', async () => {
    const dead = refusingAddress()
    await withWorker(engine, deadAndFull(dead, 10), async (harness) => {
      const first = await connectFirst(harness)
      const waiting = Array.from({ length: 6 }, () => harness.client())
      await until('all wait', () => queued(harness) === 6)
      expect(harness.lines()).toEqual([])
      let leaving = first.client
      for (let count = 1; count <= waiting.length; count++) {
        leaving.reset()
        const upstream = await harness.served()
        const served = waiting.map((client) => client.received)
        upstream.send(1)
        await until('one more is served', () => waiting.some((client, index) => client.received !== served[index]))
        leaving = waiting.find((client, index) => client.received !== served[index]) ?? leaving
        expect(queued(harness)).toBe(6 - count)
      }
      leaving.reset()
      await until('every line', () => harness.lines().length === 7)
      for (const line of harness.lines().slice(1)) {
        expect(line).toMatchObject({ outcome: 'clientReset', attempts: 2, tried: [{ server: dead }] })
        expect(line).toHaveProperty('queueMs')
      }
    })
  })

  test('ends as queueTimeout if it has no room in time, and the log names the one that refused', async () => {
    const dead = refusingAddress()
    await withWorker(engine, deadAndFull(dead, 10, '200ms'), async (harness) => {
      await connectFirst(harness)
      await expectCut(harness.client())
      const line = await harness.line('queueTimeout')
      expect(line).toMatchObject({ phase: 'queue', attempts: 1, tried: [{ server: dead, error: 'ECONNREFUSED' }] })
      expect(line.queueMs).toBeGreaterThanOrEqual(200)
    })
  })

  test('ends as overLimit if it may not wait: not every server has refused', async () => {
    const dead = refusingAddress()
    await withWorker(engine, deadAndFull(dead, 0), async (harness) => {
      await connectFirst(harness)
      await expectCut(harness.client())
      expect(await harness.line('overLimit')).toMatchObject({ attempts: 1, tried: [{ server: dead }] })
    })
  })

  test('is not given to an idle backup: that is for servers that are down', async () => {
    const [dead, backup] = [refusingAddress(), await MoodyServer.open()]
    const { upstream } = deadAndFull(dead, 10)
    const options = {
      upstream: (own: string) => {
        const { servers, queue } = upstream(own)
        return { queue, servers: [...servers, { address: backup.address, backup: true }] }
      },
    }
    await withWorker(engine, options, async (harness) => {
      const first = await connectFirst(harness)
      harness.client()
      await until('it waits', () => queued(harness) === 1)
      first.client.reset()
      await harness.served()
      expect(backup.accepted).toBe(0)
    })
    await backup.close()
  })

  test('may wait again however many wait meanwhile, and comes after those that came before it', async () => {
    const stalled = await openFullBacklog()
    const options = {
      upstream: (own: string) => ({
        servers: [own, formatAddress(stalled.address)].map((address) => ({ address, maxConnections: 1 })),
        queue: { length: 1, timeout: '20s' },
      }),
      timeouts: { connect: '500ms' },
    }
    await withWorker(engine, options, async (harness) => {
      const held = await connectFirst(harness)
      const early = harness.client()
      await until('the early one is dialling', () => active(harness) === 2)
      const late = harness.client()
      await until('the late one waits, and the queue is full', () => queued(harness) === 1)
      // The server fails for both, and the early one has come to the queue while the late one dialled.
      await until('both wait', () => queued(harness) === 2)
      for (const [client, leaving] of [
        [early, held.client],
        [late, early],
      ] as const) {
        leaving.reset()
        const upstream = await harness.served()
        client.send(10)
        await until('it is served', () => upstream.received === 10)
      }
      late.reset()
      await until('every line', () => harness.lines().length === 3)
      expect(new Set(harness.lines().map(({ outcome }) => outcome))).toEqual(new Set(['clientReset']))
    })
    await stalled.close()
  })

  test('waits no longer than `timeout` in all, also if it had waited before the server refused', async () => {
    const failing = await MoodyServer.open()
    const options = {
      upstream: (own: string) => ({
        servers: [failing.address, own].map((address) => ({ address, maxConnections: 1 })),
        queue: { length: 10, timeout: '4s' },
      }),
    }
    await withWorker(engine, options, async (harness) => {
      for (const holder of [harness.client(), harness.client()]) void holder.receivedAll.then(() => holder.fin())
      await until('both are full', () => failing.accepted === 1)
      await harness.served()
      const client = harness.client()
      await until('it waits', () => queued(harness) === 1)
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      await failing.become('refuse')
      await expectCut(client)
      const line = await harness.line('queueTimeout')
      expect(line).toMatchObject({ attempts: 1, tried: [{ server: failing.address }] })
      expect(line.queueMs).toBeGreaterThanOrEqual(4_000)
      expect(line.queueMs).toBeLessThan(7_000)
    })
  }, 20_000)
})
