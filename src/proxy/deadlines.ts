import type { TimeoutsConfig } from '../config/schema.ts'
import type { Flow, Relay } from '../engine/engine.ts'
import type { Outcome } from './outcome.ts'

/** What a relay's clocks say: the outcome that is due, or when to look again (`nowMs()`, Infinity for never). */
export type Verdict = { readonly due: Outcome } | { readonly due: undefined; readonly lookAgainMs: number }

/**
 * Reads the four clocks of a relay at `now`.
 *
 * No event starts or stops a clock. A stall or a half-close that begins after this look cannot be due before `now` plus
 * its duration, so looking again by then misses nothing, and the relay itself never touches a timer.
 */
export const readClocks = (relay: Relay, timeouts: TimeoutsConfig, acceptedMs: number, now: number): Verdict => {
  relay.refresh()
  const { toUpstream, toClient } = relay
  const lastByteMs = Math.max(toUpstream.lastByteMs, toClient.lastByteMs)
  const clocks: [Outcome, number][] = [
    ['maxAge', acceptedMs + timeouts.maxAgeMs],
    ['stallTimeout', Math.min(stalledFrom(toUpstream, now), stalledFrom(toClient, now)) + timeouts.stallMs],
    ['halfCloseTimeout', halfOpenFrom(toUpstream, toClient, now) + timeouts.halfCloseMs],
    ['idleTimeout', lastByteMs + timeouts.idleMs],
  ]
  let lookAgainMs = Number.POSITIVE_INFINITY
  for (const [outcome, deadlineMs] of clocks) {
    if (deadlineMs <= now) return { due: outcome }
    lookAgainMs = Math.min(lookAgainMs, deadlineMs)
  }
  return { due: undefined, lookAgainMs }
}

/** A receiver that takes a little now and then is slow, not stalled. */
const stalledFrom = (flow: Flow, now: number): number =>
  flow.heldSinceMs === 0 ? now : Math.max(flow.heldSinceMs, flow.lastByteMs)

/** A long answer to a client that has sent its FIN is no stale half-close while its bytes flow. */
const halfOpenFrom = (one: Flow, other: Flow, now: number): number => {
  if (one.endedMs === 0 && other.endedMs === 0) return now
  const open = one.endedMs === 0 ? one : other
  return Math.max(one.endedMs, other.endedMs, open.lastByteMs)
}
