import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withListener, withServer, withUpstream } from '../../src/serving/edits.ts'
import { applyPatch, applyPlan, patchBetween, planBetween } from '../../src/serving/plan.ts'
import { type ListenerState, NOTHING_SERVED, type ServerState, type ServingState } from '../../src/serving/state.ts'
import { serverState, upstreamState } from '../support/states.ts'

const timeouts = {
  connectMs: 5_000,
  idleMs: 1_000,
  stallMs: Number.POSITIVE_INFINITY,
  halfCloseMs: 1,
  prereadMs: 1,
  maxAgeMs: 1,
}
const listener: ListenerState = { upstream: 'app', timeouts, maxConnections: 10, inspect: [], sockets: [1] }
const server: ServerState = serverState(1)

/** Names that JavaScript has plans for are names as well. */
const name = fc.constantFrom('web', 'api', 'constructor', '__proto__', 'toString')
const servers = fc.dictionary(name, fc.record({ weight: fc.nat(3), state: fc.constantFrom('up', 'down') }))
const arbitraryState = fc
  .record({
    version: fc.integer({ min: 1, max: 1_000 }),
    listeners: fc.uniqueArray(fc.tuple(name, fc.nat(3)), { selector: ([key]) => key }),
    upstreams: fc.uniqueArray(fc.tuple(name, servers), { selector: ([key]) => key }),
    level: fc.constantFrom('info', 'debug'),
    file: fc.constantFrom({}, { file: '/a' }, { file: '/b' }),
  })
  .map(
    ({ version, listeners, upstreams, level, file }): ServingState => ({
      version,
      listeners: new Map(listeners.map(([key, maxConnections]) => [key, { ...listener, maxConnections }])),
      upstreams: new Map(
        upstreams.map(([key, entries]) => [
          key,
          upstreamState(Object.entries(entries).map(([at, entry]) => [at, { ...server, ...entry }])),
        ]),
      ),
      log: { level, access: false, ...file },
      draining: undefined,
    }),
  )

/** As it comes out of the channel to another process. */
const sent = <Value>(value: Value): Value => structuredClone(value)

test('a plan leads from any state to any other, also through a channel between processes', () => {
  fc.assert(
    fc.property(arbitraryState, arbitraryState, (from, to) => {
      const { version: _, ...expected } = to
      expect(applyPlan(sent(from), sent(planBetween(from, to)))).toEqual(expected)
    }),
  )
})

test('between equal states nothing changes, whoever made them', () => {
  fc.assert(
    fc.property(arbitraryState, (state) => {
      const { listeners, upstreams, ...rest } = planBetween(state, sent(state))
      expect(rest).toEqual({})
      for (const { set, removed } of [listeners, upstreams]) expect([set.size, removed]).toEqual([0, []])
    }),
  )
})

test('a plan names only the server that differs', () => {
  const all = new Map(Array.from({ length: 1_000 }, (_, at) => [`10.0.0.${at}`, server]))
  const before = withUpstream(NOTHING_SERVED, 'app', upstreamState(all))
  const after = withServer(before, 'app', '10.0.0.7', { ...server, state: 'down' })
  const plan = planBetween(before, after)
  expect([...(plan.upstreams.set.get('app')?.servers.set.keys() ?? [])]).toEqual(['10.0.0.7'])
  expect(plan.listeners.set.size).toBe(0)
})

describe('a patch', () => {
  const first = withListener({ ...NOTHING_SERVED, version: 1 }, 'web', listener)
  const second = withListener({ ...first, version: 2 }, 'api', listener)
  const third = withListener({ ...second, version: 3 }, 'web', undefined)

  test('leads to its version, and a second time to nothing new', () => {
    const patch = patchBetween(first, second)
    const reached = applyPatch(first, patch)
    expect(reached).toEqual(second)
    expect(reached && applyPatch(reached, patch)).toBe(reached)
  })

  test('that leads from another version is not applied: the whole is needed', () => {
    expect(applyPatch(first, patchBetween(second, third))).toBeUndefined()
    const whole = patchBetween(NOTHING_SERVED, third)
    expect(applyPatch(first, whole)).toEqual(third)
  })

  test('to a drain that is not taken back keeps it', () => {
    const draining = { ...second, version: 3, draining: { withinMs: 5, spreadMs: 0 } }
    const hurried = { ...second, version: 4, draining: { withinMs: 0, spreadMs: 0 } }
    const reached = applyPatch(second, patchBetween(second, draining))
    expect(reached?.draining).toEqual({ withinMs: 5, spreadMs: 0 })
    expect(reached && applyPatch(reached, patchBetween(draining, hurried))?.draining).toEqual({
      withinMs: 0,
      spreadMs: 0,
    })
  })
})
