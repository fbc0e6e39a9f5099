import { expect, test } from 'vitest'
import { withUpSince } from '../../../src/primary/servers/slow-starts.ts'
import { withServer, withUpstream } from '../../../src/serving/edits.ts'
import { NOTHING_SERVED, type ServerState, type ServingState } from '../../../src/serving/state.ts'
import { serverState, upstreamState } from '../../support/states.ts'

const serving = (slowStartMs: number, ...servers: [string, ServerState][]): ServingState =>
  withUpstream(NOTHING_SERVED, 'app', upstreamState(servers, { slowStartMs }))

const set = (state: ServingState, name: string, server: ServerState): ServingState =>
  withServer(state, 'app', name, server)

const upSince = (state: ServingState, name: string): number | undefined =>
  state.upstreams.get('app')?.servers.get(name)?.upSinceMs

test('a server that comes up again, from whatever state, is up since then', () => {
  for (const state of ['down', 'ejected', 'draining', 'maintenance'] as const) {
    const before = serving(1_000, ['a', serverState(1, { state })], ['b', serverState(2)])
    const after = withUpSince(before, set(before, 'a', serverState(1, { state: 'up' })), 50)
    expect([upSince(after, 'a'), upSince(after, 'b')]).toEqual([50, undefined])
    // What comes later does not begin it anew, whatever an edit has made of the time.
    const later = withUpSince(after, set(after, 'a', serverState(1, { weight: 7, upSinceMs: 3 })), 99)
    expect(upSince(later, 'a')).toBe(50)
    const down = withUpSince(later, set(later, 'a', serverState(1, { state: 'down', upSinceMs: 50 })), 100)
    expect(upSince(down, 'a')).toBeUndefined()
  }
})

test('so is a server that is added, but none of those at the start of the program or of their upstream', () => {
  const state = serving(1_000, ['a', serverState(1)])
  expect(upSince(withUpSince(undefined, state, 50), 'a')).toBeUndefined()
  expect(upSince(withUpSince(NOTHING_SERVED, state, 50), 'a')).toBeUndefined()
  const after = withUpSince(state, set(state, 'b', serverState(2, { state: 'unchecked' })), 60)
  expect([upSince(after, 'a'), upSince(after, 'b')]).toEqual([undefined, 60])
})

test('a server whose first check passes does not come up: it was in rotation', () => {
  const before = serving(1_000, ['a', serverState(1, { state: 'unchecked' })])
  expect(upSince(withUpSince(before, set(before, 'a', serverState(1, { state: 'up' })), 50), 'a')).toBeUndefined()
})

test('without a slow start, and where nothing changes, the state stays the same object', () => {
  const off = serving(Number.POSITIVE_INFINITY, ['a', serverState(1, { state: 'down' })])
  const changed = set(off, 'a', serverState(1))
  expect(withUpSince(off, changed, 50)).toBe(changed)
  const on = serving(1_000, ['a', serverState(1)])
  const same = set(on, 'a', serverState(1, { weight: 3 }))
  expect(withUpSince(on, same, 50)).toBe(same)
})
