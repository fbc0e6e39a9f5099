/** The count of a limit in true parallel: threads on one memory stand for workers. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { sharedNumbers } from '../support/shared-numbers.ts'

const THREAD = new URL('../support/counting-thread.mjs', import.meta.url)
const PLACES = 4

interface Counted {
  readonly taken: number
  readonly refused: number
  /** The most that lived at one time, of all threads. */
  readonly highest: number
}

test.each([1, 3, 10])(
  '%i at most live at a time, and no fewer are reached, when four threads take all they can get',
  async (limit) => {
    const initial = sharedNumbers(PLACES)
    const numbers = new Int32Array(new SharedArrayBuffer(initial.byteLength))
    numbers.set(initial)
    const [living, begin] = [new Int32Array(new SharedArrayBuffer(4)), new Int32Array(new SharedArrayBuffer(4))]
    const threads = Array.from({ length: PLACES }, (_, place) => {
      const share = { numbers: numbers.buffer, living: living.buffer, begin: begin.buffer }
      return new Worker(THREAD, { workerData: { ...share, place, places: PLACES, limit, most: 4, rounds: 100_000 } })
    })
    await Promise.all(threads.map((thread) => once(thread, 'message')))
    const ended = threads.map((thread) => once(thread, 'message') as Promise<[Counted]>)
    Atomics.store(begin, 0, 1)
    Atomics.notify(begin, 0)
    const counted = (await Promise.all(ended)).map(([each]) => each)
    expect(Math.max(...counted.map(({ highest }) => highest))).toBe(limit)
    expect(counted.reduce((sum, { taken, refused }) => sum + taken + refused, 0)).toBeGreaterThan(100_000)
    expect([...numbers].filter((number) => number > 0)).toEqual([])
    await Promise.all(threads.map((thread) => thread.terminate()))
  },
)
