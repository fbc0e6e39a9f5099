import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Living } from '../../src/proxy/living.ts'
import type { LivingConnection } from '../../src/proxy/record.ts'
import { drainConnections } from '../../src/worker/drain.ts'
import { livingConnection } from '../support/living-connection.ts'

/** Time stands still unless a test moves it. */
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const living = (count: number) => {
  const all = new Living<LivingConnection>()
  const connections = Array.from({ length: count }, () => {
    const connection: LivingConnection = livingConnection({
      record: {} as LivingConnection['record'],
      cut: () => all.remove(connection),
    })
    all.add(connection)
    return connection
  })
  return { all, connections }
}

test('a drain is over as soon as the last connection is', async () => {
  const { all, connections } = living(3)
  const drained = drainConnections(all, { withinMs: 30_000, spreadMs: 0 })
  for (const connection of connections) all.remove(connection)
  expect(await drained).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})

test('it is over at once where there is none', async () => {
  expect(await drainConnections(living(0).all, { withinMs: 30_000, spreadMs: 0 })).toBe(0)
})

test('what outlives it is cut short and counted, and a second drain with less time overtakes the first', async () => {
  const { all, connections } = living(3)
  const drains = [
    drainConnections(all, { withinMs: 30_000, spreadMs: 0 }),
    drainConnections(all, { withinMs: 1_000, spreadMs: 0 }),
  ]
  all.remove(connections[1] as LivingConnection)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await Promise.all(drains)).toEqual([0, 2])
  expect([all.size, vi.getTimerCount()]).toEqual([0, 0])
})

test('with a spread they are cut one after another, evenly', async () => {
  const { all } = living(5)
  const drained = drainConnections(all, { withinMs: 1_000, spreadMs: 10_000 })
  const left: number[] = []
  await vi.advanceTimersByTimeAsync(999)
  for (let step = 0; step < 5; step++) {
    left.push(all.size)
    await vi.advanceTimersByTimeAsync(2_000)
  }
  expect([...left, all.size]).toEqual([5, 4, 3, 2, 1, 0])
  expect([await drained, vi.getTimerCount()]).toEqual([5, 0])
})

test('what ends by itself meanwhile is not counted as cut, and a second drain ends the spread at once', async () => {
  const { all, connections } = living(6)
  const spread = drainConnections(all, { withinMs: 0, spreadMs: 60_000 })
  const own = connections.find((connection) => all.has(connection))
  if (own) all.remove(own)
  expect(await drainConnections(all, { withinMs: 0, spreadMs: 0 })).toBe(4)
  expect([await spread, all.size, vi.getTimerCount()]).toEqual([1, 0, 0])
})

test('many more connections than milliseconds are cut in small groups', async () => {
  const { all } = living(5_000)
  const drained = drainConnections(all, { withinMs: 0, spreadMs: 1_000 })
  await vi.advanceTimersByTimeAsync(500)
  expect(all.size).toBeGreaterThan(2_300)
  expect(all.size).toBeLessThan(2_700)
  await vi.advanceTimersByTimeAsync(510)
  expect(await drained).toBe(5_000)
})

test('one that does not close when it is cut holds it up for a second', async () => {
  const { all, connections } = living(1)
  Object.assign(connections[0] ?? {}, { cut: () => {} })
  const drained = drainConnections(all, { withinMs: 0, spreadMs: 0 })
  await vi.advanceTimersByTimeAsync(1_001)
  expect(await drained).toBe(1)
})
