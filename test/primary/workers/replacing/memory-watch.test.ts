import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MemoryWatch } from '../../../../src/primary/workers/replacing/memory-watch.ts'
import type { WorkerProcess } from '../../../../src/primary/workers/worker-process.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

const LIMIT = 100
const PLACE = {}

/** @param everyMs how often a worker reports */
const watching = (everyMs = 500) => {
  const events: string[] = []
  const watch = new MemoryWatch<object>({
    limit: () => LIMIT,
    onAbove: (_place, { id }) => events.push(`${id} is above`),
    onAboveAgain: ({ id }, afterMs) => events.push(`${id} is above again after ${afterMs} ms`),
  })
  const reports = (id: number, ...sizes: number[]) => {
    const worker = { id, rssBytes: 0 } as WorkerProcess
    for (const rssBytes of sizes) {
      worker.rssBytes = rssBytes
      watch.reported(PLACE, worker)
      vi.advanceTimersByTime(everyMs)
    }
  }
  return { events, reports }
}

test('three reports in a row are above the limit, not two and not a spike', () => {
  const { events, reports } = watching()
  reports(1, 101, 101, 100, 101, 101, 99)
  expect(events).toEqual([])
  reports(1, 101, 101, 101)
  expect(events).toEqual(['1 is above'])
})

test('reports that somebody has asked for in the same moment count as one', () => {
  const { events, reports } = watching(0)
  reports(1, ...Array(20).fill(101))
  expect(events).toEqual([])
})

test('a place is noticed once a minute; that its next worker is above the limit too is said once', () => {
  const { events, reports } = watching()
  const large = Array(20).fill(101)
  reports(1, 101, 101, 101)
  reports(2, ...large)
  reports(2, ...large)
  expect(events).toEqual(['1 is above', '2 is above again after 1500 ms'])
  vi.advanceTimersByTime(60_000)
  reports(2, 101, 101, 101)
  expect(events.slice(2)).toEqual(['2 is above'])
})
