import { fstatSync } from 'node:fs'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { SharedLimits } from '../../../src/primary/limits/shared-limits.ts'
import { withListener, withUpstream } from '../../../src/serving/edits.ts'
import { CELLS, placesFor, SharedLayout, SharedMemory } from '../../../src/serving/shared-memory.ts'
import { type ListenerState, NOTHING_SERVED, type ServerState, type ServingState } from '../../../src/serving/state.ts'
import { sharedMapper } from '../../../src/system/shared-file.ts'
import { serverState, upstreamState } from '../../support/states.ts'

const opened: SharedLimits[] = []

afterEach(() => {
  for (const limits of opened.splice(0)) limits.close()
})

const openLimits = (workers = 2) => {
  const lines: string[] = []
  const limits = new SharedLimits(workers, pino({ base: null }, { write: (line: string) => lines.push(line) }))
  opened.push(limits)
  return { limits, said: () => lines.map((line) => JSON.parse(line).msg as string) }
}

const timeouts = { connectMs: 1, idleMs: 1, stallMs: 1, halfCloseMs: 1, prereadMs: 1, maxAgeMs: 1 }
const listener: ListenerState = { upstream: 'app', timeouts, maxConnections: 10, inspect: [], sockets: [] }

const serving = (version: number, ...names: string[]): ServingState => ({
  ...NOTHING_SERVED,
  version,
  listeners: new Map(names.map((name) => [name, listener])),
})

const cellsOf = ({ listeners }: ServingState) =>
  Object.fromEntries([...listeners].map(([name, { limitCell }]) => [name, limitCell]))

/** The memory as a worker at that place has it. */
const memoryAt = async (limits: SharedLimits, place: number, places = placesFor(2)): Promise<SharedMemory> => {
  const map = await sharedMapper(limits.descriptor ?? -1)
  return new SharedMemory(map(0, new SharedLayout(places).length), { place, places }, map)
}

test('each listener gets a cell, whatever an edit says, and a state that names them already stays the same object', () => {
  const { limits } = openLimits()
  const named = limits.nameCells(serving(1, 'web', 'mail'), 0)
  expect(cellsOf(named)).toEqual({ web: 0, mail: 1 })
  expect(limits.nameCells({ ...named, version: 2 }, 1).listeners).toBe(named.listeners)
  const copied = withListener(named, 'extra', named.listeners.get('web'))
  expect(cellsOf(limits.nameCells({ ...copied, version: 3 }, 1))).toEqual({ web: 0, mail: 1, extra: 2 })
})

test('what a dead worker has counted is given back, in every cell, and no more than that', async () => {
  const { limits } = openLimits()
  limits.nameCells(serving(1, 'web', 'mail'), 0)
  const [dead, other] = [await memoryAt(limits, 0), await memoryAt(limits, 1)]
  for (const cell of [0, 1]) {
    dead.count(cell).add(7)
    other.count(cell).add(3)
    expect(other.count(cell).take(10)).toBe(false)
  }
  other.loads[1] = 6
  dead.loads[0] = 14
  limits.vacate(0)
  expect([...other.loads]).toEqual([-1, 6, -1, -1])
  for (const cell of [0, 1]) {
    const taken = Array.from({ length: 10 }, () => other.count(cell).take(10))
    expect(taken.filter(Boolean)).toHaveLength(7)
  }
})

test('thousands of servers have a cell each, and the file takes no more memory than they need', async () => {
  const { limits, said } = openLimits()
  const servers = Array.from({ length: 5_000 }, (_, index): [string, ServerState] => [
    `server ${index}`,
    serverState(index, { maxConnections: 10 }),
  ])
  const state = { ...withUpstream(NOTHING_SERVED, 'app', upstreamState(servers)), version: 1 }
  const before = fstatSync(limits.descriptor ?? -1).blocks
  const named = limits.nameCells(state, 0)
  const cells = [...(named.upstreams.get('app')?.servers.values() ?? [])].map(({ limitCell }) => limitCell)
  expect(new Set(cells).size).toBe(5_000)
  expect(cells).not.toContain(undefined)
  expect(said()).toEqual([])
  // 64 bytes each; blocks of 512.
  expect(before).toBeLessThan(100)
  expect(fstatSync(limits.descriptor ?? -1).blocks).toBeLessThan(2_000)
  const worker = await memoryAt(limits, 1)
  worker.count(4_999).add(3)
  limits.vacate(1)
  expect(worker.count(4_999).taken).toBe(0)
})

test('the cell of a listener that is gone goes to another only when its last connection has ended', async () => {
  const { limits, said } = openLimits()
  const names = Array.from({ length: CELLS }, (_, index) => `listener ${index}`)
  limits.nameCells(serving(1, ...names), 0)
  const worker = await memoryAt(limits, 1)
  worker.count(0).add(1)
  const others = names.slice(1)
  expect(cellsOf(limits.nameCells(serving(2, ...others, 'new'), 2)).new).toBeUndefined()
  expect(said()).toEqual([`of more than ${CELLS} limits, or for want of memory, some are divided among the workers`])
  worker.count(0).giveBack()
  expect(cellsOf(limits.nameCells(serving(3, ...others, 'new'), 1)).new, 'a worker serves version 1').toBeUndefined()
  expect(cellsOf(limits.nameCells(serving(4, ...others, 'new'), 3)).new).toBe(0)
  expect(said()).toHaveLength(1)
})

test('once a worker cannot count with the others no listener has a cell, and it is said once', () => {
  const { limits, said } = openLimits()
  const named = limits.nameCells(serving(1, 'web'), 0)
  expect(limits.divide('no koffi')).toBe(true)
  expect(cellsOf(limits.nameCells({ ...named, version: 2 }, 1))).toEqual({ web: undefined })
  expect(limits.divide('no koffi')).toBe(false)
  expect(said()).toEqual([
    'workers cannot share memory: each has an equal share of every limit, and they share clients less evenly: no koffi',
  ])
})

test('of one worker nothing is said: its share is the whole', () => {
  const { limits, said } = openLimits(1)
  expect(limits.divide('no koffi')).toBe(true)
  expect(said()).toEqual([])
})
