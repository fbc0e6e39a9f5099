import { expect, test } from 'vitest'
import { limitsOf, withCells } from '../../../src/primary/limits/cell-names.ts'
import { withUpstream } from '../../../src/serving/edits.ts'
import { NOTHING_SERVED, type ServingState, type UpstreamState } from '../../../src/serving/state.ts'
import { serverState, upstreamState } from '../../support/states.ts'

const serving = (upstream: UpstreamState): ServingState => withUpstream(NOTHING_SERVED, 'app', upstream)

/** Gives each limit the next cell, the same one each time. */
const cells = () => {
  const given = new Map<string, number>()
  return (limit: string): number => {
    const cell = given.get(limit) ?? given.size
    given.set(limit, cell)
    return cell
  }
}

const cellsIn = (state: ServingState) => {
  const { servers, queue } = state.upstreams.get('app') ?? upstreamState()
  const all = [...servers.values()]
  return {
    servers: all.map(({ limitCell }) => limitCell),
    tickets: all.map(({ ticketsCell }) => ticketsCell),
    waiting: queue.waitingCell,
  }
}

const NO_CELLS = { servers: [undefined], tickets: [undefined], waiting: undefined }

const noTable = () => false

test('where nobody asks for the connections of a server nothing is counted', () => {
  const state = serving(upstreamState([['a', serverState(1)]]))
  expect(limitsOf(state).size).toBe(0)
  expect(withCells(state, cells(), noTable).upstreams).toBe(state.upstreams)
})

test.each(['leastConnections', 'random2'] as const)('%s asks for those of every server', (balance) => {
  const state = serving(
    upstreamState(
      [
        ['a', serverState(1)],
        ['b', serverState(2)],
      ],
      { balance },
    ),
  )
  expect(limitsOf(state).size).toBe(2)
  expect(cellsIn(withCells(state, cells(), noTable)).servers).toEqual([0, 1])
})

test('a limit asks for those of its server, a queue for those who wait, and at each server with a limit for their tickets', () => {
  const servers = [
    ['a', serverState(1)],
    ['b', serverState(2, { maxConnections: 9 })],
  ] as const
  const state = serving(upstreamState(servers, { queue: { length: 5, timeoutMs: 1 } }))
  expect(limitsOf(state).size).toBe(3)
  const named = cellsIn(withCells(state, cells(), noTable))
  for (const each of [named.servers, named.tickets]) {
    expect(each.map((cell) => typeof cell)).toEqual(['undefined', 'number'])
  }
  expect(new Set([named.servers[1], named.tickets[1], named.waiting]).size).toBe(3)
})

test('what is named already stays the same object, and what nobody asks for any more loses its cell', () => {
  const cellOf = cells()
  const limited = upstreamState([['a', serverState(1, { maxConnections: 9 })]], { queue: { length: 5, timeoutMs: 1 } })
  const named = withCells(serving(limited), cellOf, noTable)
  expect(withCells(named, cellOf, noTable).upstreams).toBe(named.upstreams)
  const { servers, ...rest } = named.upstreams.get('app') ?? limited
  const free = serving({
    ...rest,
    queue: { ...rest.queue, length: 0 },
    servers: new Map(
      [...servers].map(([name, server]) => [name, { ...server, maxConnections: Number.POSITIVE_INFINITY }]),
    ),
  })
  expect(cellsIn(withCells(free, cellOf, noTable))).toEqual(NO_CELLS)
})

test('a limit for which there is no cell is divided among the workers', () => {
  const state = serving(
    upstreamState([['a', serverState(1, { maxConnections: 9 })]], { queue: { length: 5, timeoutMs: 1 } }),
  )
  expect(cellsIn(withCells(state, () => undefined, noTable))).toEqual(NO_CELLS)
  // And those who wait for it are served by each worker for itself.
  const cellOf = (limit: string) => (limit.startsWith('tickets') ? 7 : undefined)
  expect(cellsIn(withCells(state, cellOf, noTable))).toEqual(NO_CELLS)
})
