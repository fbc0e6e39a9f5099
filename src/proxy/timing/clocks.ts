import type { TimeoutsConfig } from '../../config/schema.ts'
import type { Flow, Relay } from '../../engine/engine.ts'
import type { Outcome } from '../outcome.ts'

/** How long no clock can be due in a relay that begins now: see `readClocks`. */
export const firstLookMs = (timeouts: TimeoutsConfig): number =>
  Math.min(timeouts.maxAgeMs, timeouts.stallMs, timeouts.halfCloseMs, timeouts.idleMs)

/**
 * Reads the four clocks of a relay at `now`.
 *
 * No event starts or stops a clock. A stall or a half-close that begins after this look cannot be due before `now` plus
 * its duration, so looking again by then misses nothing, and the relay itself never touches a timer.
 *
 * @returns the outcome that is due, or when to look again (`nowMs()`, Infinity for never).
 */
export const readClocks = (
  relay: Relay,
  timeouts: TimeoutsConfig,
  acceptedMs: number,
  now: number,
): Outcome | number => {
  relay.refresh(now)
  const { toUpstream, toClient } = relay
  const lastByteMs = Math.max(toUpstream.lastByteMs, toClient.lastByteMs)
  const maxAgeAtMs = acceptedMs + timeouts.maxAgeMs
  if (maxAgeAtMs <= now) return 'maxAge'
  const stallAtMs = Math.min(stalledFrom(toUpstream, now), stalledFrom(toClient, now)) + timeouts.stallMs
  if (stallAtMs <= now) return 'stallTimeout'
  const halfCloseAtMs = halfOpenFrom(toUpstream, toClient, now) + timeouts.halfCloseMs
  if (halfCloseAtMs <= now) return 'halfCloseTimeout'
  const idleAtMs = lastByteMs + timeouts.idleMs
  if (idleAtMs <= now) return 'idleTimeout'
  return Math.min(maxAgeAtMs, stallAtMs, halfCloseAtMs, idleAtMs)
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
