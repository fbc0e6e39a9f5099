import { statSync } from 'node:fs'
import { pino } from 'pino'
import { afterEach, expect, test, vi } from 'vitest'
import { SharedClients } from '../../../src/primary/limits/shared-clients.ts'
import { SharedLimits } from '../../../src/primary/limits/shared-limits.ts'
import { ClientLayout } from '../../../src/serving/clients/client-layout.ts'
import { type ClientKey, ClientTable, REFUSED } from '../../../src/serving/clients/client-table.ts'
import { withListener } from '../../../src/serving/edits.ts'
import { SharedLayout } from '../../../src/serving/shared-memory.ts'
import { type ListenerState, NOTHING_SERVED } from '../../../src/serving/state.ts'
import { SharedFile, sharedMapper } from '../../../src/system/shared-file.ts'

const opened: { close(): void }[] = []
afterEach(() => {
  vi.restoreAllMocks()
  for (const each of opened.splice(0)) each.close()
})

const PLACES = 2
const NOW = () => 1n
const limits = { connections: 3, pace: undefined }
const client = (low: number): ClientKey => ({ group: 2, high: 0, low })

test('what a dead worker counted of clients is free, and so is the set that it had locked; what others counted stays', async () => {
  const shared = new SharedLayout(PLACES)
  const file = SharedFile.open(shared.initial(), shared.length)
  opened.push(file)
  const begin = shared.clients
  const layout = new ClientLayout(PLACES)
  const clients = new SharedClients(file, begin, PLACES)
  clients.vacate(0)
  clients.reserve()
  const map = await sharedMapper(file.descriptor)
  const numbers = map(begin, layout.length)
  expect(numbers[0] === 0 && numbers[1] === 0, 'the hash has a key').toBe(false)
  const [dead, other] = [0, 1].map((place) => new ClientTable(numbers, layout, place)) as [ClientTable, ClientTable]
  for (let low = 0; low < 1_000; low++) {
    expect(dead.enter(client(low), limits, NOW)).not.toBe(REFUSED)
    expect(dead.enter(client(low), limits, NOW)).not.toBe(REFUSED)
    expect(other.enter(client(low), limits, NOW)).not.toBe(REFUSED)
    expect(other.enter(client(low), limits, NOW)).toBe(REFUSED)
  }
  // As if the dead one had been killed while it held every lock but one.
  for (let set = 0; set < 2 ** 14; set++) numbers[layout.lockOf(set)] = (set === 5 ? 2 : 1) * 256 + 3
  const began = performance.now()
  clients.vacate(0)
  expect(performance.now() - began).toBeLessThan(5_000)
  expect(numbers[layout.lockOf(5)]).not.toBe(0)
  numbers[layout.lockOf(5)] = 0
  for (let low = 0; low < 1_000; low++) {
    const entries = Array.from({ length: 4 }, () => other.enter(client(low), limits, NOW))
    expect(entries.filter((entry) => entry !== REFUSED)).toHaveLength(2)
  }
})

const timeouts = { connectMs: 1, idleMs: 1, stallMs: 1, halfCloseMs: 1, maxAgeMs: 1, prereadMs: 1 }
const listener: ListenerState = { upstream: 'app', timeouts, maxConnections: 10, inspect: [], sockets: [] }
const limited: ListenerState = { ...listener, arrivals: { connectionsPerClient: 1 } }

const openLimits = () => {
  const lines: string[] = []
  const shared = new SharedLimits(PLACES, pino({ base: null }, { write: (line: string) => lines.push(line) }))
  opened.push(shared)
  const arrivalsOf = (state: ListenerState, version: number) =>
    shared.nameCells({ ...withListener(NOTHING_SERVED, 'web', state), version }, 0).listeners.get('web')?.arrivals
  const bytes = () => statSync(`/proc/self/fd/${shared.descriptor}`).size
  return { shared, arrivalsOf, bytes, said: () => lines.map((line) => JSON.parse(line).msg as string) }
}

test('the table is made when a listener first needs it, once, and goes with the cells', () => {
  const { shared, arrivalsOf, bytes, said } = openLimits()
  const before = bytes()
  expect(arrivalsOf(listener, 1)).toBeUndefined()
  expect(bytes()).toBe(before)
  expect(arrivalsOf(limited, 2)).toEqual({ connectionsPerClient: 1, inTable: true })
  const after = bytes()
  expect(after - before).toBeGreaterThan(4_000_000)
  expect(arrivalsOf({ ...limited, arrivals: { connectionsPerClient: 2 } }, 3)).toMatchObject({ inTable: true })
  expect(bytes()).toBe(after)
  shared.divide('no koffi')
  expect(arrivalsOf(limited, 4)).toEqual({ connectionsPerClient: 1 })
  expect(said()).toHaveLength(1)
})

test('where there is no room for the table each worker has its share, and it is said once', () => {
  const { arrivalsOf, said } = openLimits()
  vi.spyOn(SharedFile.prototype, 'reserve').mockImplementation(() => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  })
  for (const version of [1, 2, 3]) {
    const arrivals = { connectionsPerClient: version }
    expect(arrivalsOf({ ...listener, arrivals }, version)).toEqual(arrivals)
  }
  expect(said()).toEqual([
    'no shared memory for limits per client and rates: each worker has an equal share of them: ENOSPC: no space left on device, write',
  ])
})
