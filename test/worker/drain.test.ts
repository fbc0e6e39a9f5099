import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Living } from '../../src/proxy/living.ts'
import type { LivingConnection } from '../../src/proxy/record.ts'
import { drainConnections } from '../../src/worker/drain.ts'

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
    const connection = {
      place: 0,
      record: {} as LivingConnection['record'],
      nextClock: () => undefined,
      tcpInfo: () => ({ client: undefined, server: undefined }),
      cut: () => all.remove(connection),
      reviewClocks: () => {},
    }
    all.add(connection)
    return connection
  })
  return { all, connections }
}

test('a drain is over as soon as the last connection is', async () => {
  const { all, connections } = living(3)
  const drained = drainConnections(all, 30_000)
  for (const connection of connections) all.remove(connection)
  expect(await drained).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})

test('it is over at once where there is none', async () => {
  expect(await drainConnections(living(0).all, 30_000)).toBe(0)
})

test('what outlives it is cut short and counted, and a second drain with less time overtakes the first', async () => {
  const { all, connections } = living(3)
  const drains = [drainConnections(all, 30_000), drainConnections(all, 1_000)]
  all.remove(connections[1] as LivingConnection)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await Promise.all(drains)).toEqual([0, 2])
  expect([all.size, vi.getTimerCount()]).toEqual([0, 0])
})

test('one that does not close when it is cut holds it up for a second', async () => {
  const { all, connections } = living(1)
  Object.assign(connections[0] ?? {}, { cut: () => {} })
  const drained = drainConnections(all, 0)
  await vi.advanceTimersByTimeAsync(1_001)
  expect(await drained).toBe(1)
})
