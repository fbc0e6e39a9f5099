import { describe, expect, test } from 'vitest'
import type { Flow, Relay } from '../../../src/engine/engine.ts'
import { firstLookMs, nextClockOf, readClocks } from '../../../src/proxy/timing/clocks.ts'
import { fixedFlow, fixedRelay } from '../../support/fixed-relay.ts'

const NOW = 100_000
const ALL = { connectMs: 1, prereadMs: 1, idleMs: 10_000, stallMs: 2_000, halfCloseMs: 3_000, maxAgeMs: 50_000 }
const OFF = Number.POSITIVE_INFINITY
const NONE = { connectMs: 1, prereadMs: 1, idleMs: OFF, stallMs: OFF, halfCloseMs: OFF, maxAgeMs: OFF }

const flow = (given: Partial<Flow>): Flow => fixedFlow({ lastByteMs: NOW - 1_000, ...given })

/** What the clocks say at NOW of a connection that was accepted `ageMs` ago. */
const read = (toUpstream: Partial<Flow>, toClient: Partial<Flow>, timeouts = ALL, ageMs = 20_000) => {
  const [up, down] = [flow(toUpstream), flow(toClient)]
  const [one, other] = [up, down].map((toUp) => {
    return readClocks(fixedRelay(toUp, toUp === up ? down : up), timeouts, NOW - ageMs, NOW)
  })
  // Both directions are the same to every clock.
  expect(one).toBe(other)
  return one
}

describe('the clocks of a relay', () => {
  test.each([
    ['idle since the last byte of either direction', { lastByteMs: NOW - 60_000 }, {}, NOW - 1_000 + 10_000],
    ['half-closed since the FIN', { endedMs: NOW - 500 }, { lastByteMs: NOW - 900 }, NOW - 500 + 3_000],
    ['half-closed since the last byte of the open direction', { endedMs: NOW - 9_000 }, {}, NOW - 1_000 + 3_000],
    [
      'half-closed since the receiver acknowledged bytes that were sent before the FIN',
      { endedMs: NOW - 9_000, lastByteMs: NOW - 1_500 },
      { lastByteMs: NOW - 9_000 },
      NOW - 1_500 + 3_000,
    ],
    ['stalled since bytes are held', { heldSinceMs: NOW - 500, lastByteMs: NOW - 900 }, {}, NOW - 500 + 2_000],
    ['stalled since the last byte that was taken', { heldSinceMs: NOW - 9_000 }, {}, NOW - 1_000 + 2_000],
  ] as [string, Partial<Flow>, Partial<Flow>, number][])(
    'look again when it could be %s long enough',
    (_, one, other, expected) => {
      // A stall or a half-close that begins right now would be due no earlier than this.
      const atLatest = NOW + Math.min(ALL.stallMs, ALL.halfCloseMs)
      expect(read(one, other)).toBe(Math.min(expected, atLatest))
    },
  )

  test.each([
    ['idleTimeout', { lastByteMs: NOW - 10_000 }, { lastByteMs: NOW - 60_000 }],
    ['stallTimeout', { heldSinceMs: NOW - 2_000, lastByteMs: NOW - 2_000 }, {}],
    ['halfCloseTimeout', { endedMs: NOW - 3_000, lastByteMs: NOW - 3_000 }, { lastByteMs: NOW - 3_000 }],
  ] as const)('say %s at the millisecond, and not one before', (outcome, one, other) => {
    expect(read(one, other)).toBe(outcome)
    const later = (given: Partial<Flow>): Partial<Flow> =>
      Object.fromEntries(Object.entries(given).map(([field, at]) => [field, at + 1]))
    expect(read(later(one), later(other))).toBe(NOW + 1)
  })

  test('look eight times while a clock runs at what a receiver has yet to acknowledge', () => {
    const relay = { toUpstream: flow({}), toClient: flow({}), catchUp: () => true }
    expect(readClocks(relay as unknown as Relay, ALL, NOW - 20_000, NOW)).toBe(NOW + ALL.stallMs / 8)
  })

  test('say maxAge at the millisecond, however busy it is, and before all others', () => {
    expect(read({ lastByteMs: NOW }, {}, ALL, 50_000)).toBe('maxAge')
    expect(read({ lastByteMs: NOW }, {}, ALL, 49_999)).toBe(NOW + 1)
    expect(read({ lastByteMs: 0 }, { lastByteMs: 0, heldSinceMs: 1 }, ALL, 50_000)).toBe('maxAge')
  })

  test('call a reader that stopped stalled, not idle, when both are due', () => {
    expect(read({ lastByteMs: 0, heldSinceMs: 1 }, { lastByteMs: 0 })).toBe('stallTimeout')
  })

  test('take a receiver that takes a little for slow, and a long answer after a FIN for no stale half-close', () => {
    const alive = { lastByteMs: NOW - 1 }
    expect(typeof read({ heldSinceMs: NOW - 60_000, ...alive }, {})).toBe('number')
    expect(typeof read({ endedMs: NOW - 60_000, lastByteMs: NOW - 60_000 }, alive)).toBe('number')
  })

  test('are never due when they are off', () => {
    const old = { lastByteMs: 1, heldSinceMs: 1 }
    expect(read(old, { ...old, endedMs: 1 }, NONE, NOW)).toBe(OFF)
    expect(firstLookMs(NONE)).toBe(OFF)
  })

  test('are looked at for the first time before any can be due', () => {
    expect(firstLookMs(ALL)).toBe(2_000)
    expect(firstLookMs({ ...ALL, idleMs: 5 })).toBe(5)
  })
})

describe('the clock that would end a relay next', () => {
  const next = (toUpstream: Partial<Flow>, timeouts = ALL, ageMs = 20_000) =>
    nextClockOf({ toUpstream: flow(toUpstream), toClient: flow({}) } as Relay, timeouts, NOW - ageMs, NOW)

  test('is one that runs, with the time that it has left', () => {
    expect(next({})).toEqual({ clock: 'idle', atMs: NOW + 9_000 })
    expect(next({ heldSinceMs: NOW - 500, lastByteMs: NOW - 500 })).toEqual({ clock: 'stall', atMs: NOW + 1_500 })
    expect(next({ endedMs: NOW - 400, lastByteMs: NOW - 400 })).toEqual({ clock: 'halfClose', atMs: NOW + 2_600 })
    expect(next({}, ALL, 49_000)).toEqual({ clock: 'maxAge', atMs: NOW + 1_000 })
  })

  test('is none where those that run are off', () => {
    expect(next({}, NONE)).toBeUndefined()
    expect(next({}, { ...NONE, stallMs: 1 })).toBeUndefined()
  })
})
