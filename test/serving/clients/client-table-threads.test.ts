/** The table of clients in true parallel: threads on one memory stand for workers. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { ClientLayout, SETS, WAYS } from '../../../src/serving/clients/client-layout.ts'
import { halfSipHash } from '../../../src/serving/clients/half-sip-hash.ts'

const THREAD = new URL('../../support/client-table-thread.mjs', import.meta.url)
const PLACES = 4

/** Clients that all belong into one set, more of them than it has entries. */
const crowd = () => {
  const clients: object[] = []
  for (let low = 1; clients.length < WAYS + 8; low++) {
    if (halfSipHash(0, 0, 2, 0, low) % SETS === 7) clients.push({ group: 2, high: 0, low })
  }
  return clients
}

interface Counted {
  readonly taken: number
  readonly refused: number
  /** The most of one client that lived at one time. */
  readonly highest: number
}

const runThreads = async (limit: { connections: number; burst?: number }, rounds: number) => {
  const layout = new ClientLayout(PLACES)
  const clients = crowd()
  const shared = (length: number) => new Int32Array(new SharedArrayBuffer(4 * length))
  const [numbers, living, visits, begin] = [shared(layout.length), shared(64), shared(64), shared(1)]
  const threads = Array.from({ length: PLACES }, (_, place) => {
    const memory = { numbers: numbers.buffer, living: living.buffer, visits: visits.buffer, begin: begin.buffer }
    return new Worker(THREAD, { workerData: { ...memory, place, places: PLACES, clients, limit, rounds } })
  })
  await Promise.all(threads.map((thread) => once(thread, 'message')))
  const ended = threads.map((thread) => once(thread, 'message') as Promise<[Counted]>)
  Atomics.store(begin, 0, 1)
  Atomics.notify(begin, 0)
  const counted = (await Promise.all(ended)).map(([each]) => each)
  await Promise.all(threads.map((thread) => thread.terminate()))
  const set = numbers.subarray(layout.lockOf(7), layout.lockOf(8))
  const counts = layout.countsOf(7, 0) - layout.lockOf(7)
  return {
    highest: Math.max(...counted.map(({ highest }) => highest)),
    taken: counted.reduce((sum, { taken }) => sum + taken, 0),
    refused: counted.reduce((sum, { refused }) => sum + refused, 0),
    visits: [...visits.subarray(0, clients.length)],
    left: [set[0], ...set.subarray(counts, counts + WAYS * PLACES)].filter((number) => number !== 0),
  }
}

test.each([1, 2])(
  'of each client at most %i live at a time, when four threads fight for the entries of one set',
  async (connections) => {
    const { highest, taken, refused, left } = await runThreads({ connections }, 60_000)
    expect(highest).toBe(connections)
    expect(Math.min(taken, refused)).toBeGreaterThan(1_000)
    expect(left).toEqual([])
  },
)

test('no client gets more tokens than its bucket has, when four threads take them at one time', async () => {
  const { visits, left } = await runThreads({ connections: 1_000, burst: 50 }, 20_000)
  // The clock stands still: an entry whose bucket is not full is never given to another client.
  expect(Math.max(...visits)).toBe(50)
  expect(visits.filter((count) => count === 50)).toHaveLength(WAYS)
  expect(left).toEqual([])
})
