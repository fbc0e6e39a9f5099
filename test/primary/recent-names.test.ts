import { expect, test } from 'vitest'
import { configFromObject } from '../../src/config/load.ts'
import { RecentNames } from '../../src/primary/recent-names.ts'
import { StateOwner } from '../../src/primary/state-owner.ts'
import { withListener, withUpstream } from '../../src/serving/edits.ts'
import { stateOf } from '../../src/serving/of-config.ts'
import type { ServingState } from '../../src/serving/state.ts'
import type { Counted } from '../../src/stats/totals.ts'

const HOUR_MS = 3_600_000
const [one, other] = ['127.0.0.1:1', '127.0.0.1:2']

const serving = (...servers: string[]): ServingState =>
  stateOf(
    configFromObject({
      listeners: [{ name: 'web', listen: '127.0.0.1:0', upstream: 'app' }],
      upstreams: [{ name: 'app', servers }],
    }),
    () => [],
  )

const server = (name: string): Counted => ({ scope: 'server', names: ['app', name] })
const listener: Counted = { scope: 'listener', names: ['web'] }
const inspector: Counted = { scope: 'inspector', names: ['web', 'match'] }
const upstream: Counted = { scope: 'upstream', names: ['app'] }

/** The names of a state that a test edits; the workers are told of each edit at once. */
const following = (state: ServingState) => {
  const clock = { ms: 1 }
  const watching: ((state: ServingState) => void)[] = []
  const source = {
    state,
    watch: (watch: (state: ServingState) => void) => {
      watching.push(watch)
      watch(state)
    },
  }
  const names = new RecentNames(source, () => clock.ms)
  const serve = (next: ServingState) => {
    source.state = next
    for (const watch of watching) watch(next)
  }
  const known = (...all: Counted[]) => all.map((counted) => names.has(counted))
  return { names, clock, serve, known, servers: (...all: string[]) => serve(withServers(source.state, ...all)) }
}

const withServers = (state: ServingState, ...all: string[]): ServingState => ({
  ...state,
  upstreams: serving(...all).upstreams,
})

test('a server that is gone is known for an hour, and then no more', () => {
  const { names, clock, servers, known } = following(serving(one, other))
  clock.ms = 1_000
  servers(other)
  expect(known(server(one), server(other))).toEqual([true, true])
  clock.ms = HOUR_MS + 1_000
  names.forget()
  expect(known(server(one))).toEqual([true])
  clock.ms += 1
  names.forget()
  expect(known(server(one), server(other), upstream)).toEqual([false, true, true])
})

test('a server that returned meanwhile is known for an hour after it went last', () => {
  const { names, clock, servers, known } = following(serving(one, other))
  servers(other)
  servers(one, other)
  clock.ms = HOUR_MS
  servers(other)
  clock.ms = 2 * HOUR_MS
  names.forget()
  expect(known(server(one))).toEqual([true])
})

test('listeners, their inspectors and upstreams go like servers', () => {
  const { names, clock, serve, known } = following(serving(one))
  serve(withUpstream(withListener(serving(one), 'web', undefined), 'app', undefined))
  expect(known(listener, inspector, upstream, server(one))).toEqual([true, true, true, true])
  clock.ms = HOUR_MS + 2
  names.forget()
  expect(known(listener, inspector, upstream, server(one))).toEqual([false, false, false, false])
})

test('of many thousands that went within the hour, the last two thousand are known', () => {
  const { names, servers, known } = following(serving(one))
  const address = (number: number) => `10.0.${number >> 8}.${number & 255}:80`
  for (let round = 0; round < 30; round++) servers(...Array.from({ length: 100 }, (_, at) => address(round * 100 + at)))
  names.forget()
  expect(known(server(one), server(address(899)), server(address(900)), server(address(2_999)))).toEqual([
    false,
    false,
    true,
    true,
  ])
})

test('what an edit adds or removes is known before the workers are told', () => {
  const owner = new StateOwner(serving(one), { get: () => undefined, close: () => {} })
  const names = new RecentNames(owner)
  owner.edit((state) => withServers(state, other))
  expect([names.has(server(one)), names.has(server(other))]).toEqual([true, true])
  owner.close()
})
