import type { TimeoutsConfig } from '../../config/schema.ts'
import type { Flow, Relay } from '../../engine/engine.ts'
import type { Outcome } from '../outcome.ts'

/** No clock of a relay that begins now can be due before this: see `readClocks`. */
export const firstLookMs = (timeouts: TimeoutsConfig): number =>
  Math.min(timeouts.maxAgeMs, timeouts.stallMs, timeouts.halfCloseMs, timeouts.idleMs)

/** How often a receiver with unacknowledged bytes is checked while a clock runs: no event reports an acknowledgement. */
const LOOKS_PER_CLOCK = 8

/**
 * Reads the four clocks of a relay at `now`.
 *
 * No event starts or stops a clock. A stall or a half-close that begins after this call cannot be due before `now` plus
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
  const isUnacknowledged = relay.catchUp(now)
  const { toUpstream, toClient } = relay
  const lastByteMs = Math.max(toUpstream.lastByteMs, toClient.lastByteMs)
  const maxAgeAtMs = acceptedMs + timeouts.maxAgeMs
  if (maxAgeAtMs <= now) return 'maxAge'
  const stallAtMs = Math.min(stalledFrom(toUpstream, now), stalledFrom(toClient, now)) + timeouts.stallMs
  if (stallAtMs <= now) return 'stallTimeout'
  // No half-close is stale while bytes flow: neither during a long answer to a client that has sent its FIN, nor while the
  // kernel still delivers bytes that it holds before the server's FIN.
  const halfCloseAtMs = Math.max(halfOpenFrom(toUpstream, toClient, now), lastByteMs) + timeouts.halfCloseMs
  if (halfCloseAtMs <= now) return 'halfCloseTimeout'
  const idleAtMs = lastByteMs + timeouts.idleMs
  if (idleAtMs <= now) return 'idleTimeout'
  const next = Math.min(maxAgeAtMs, stallAtMs, halfCloseAtMs, idleAtMs)
  return isUnacknowledged ? Math.min(next, now + firstLookMs(timeouts) / LOOKS_PER_CLOCK) : next
}

/** A receiver that takes a little now and then is slow, not stalled. */
const stalledFrom = (flow: Flow, now: number): number =>
  flow.heldSinceMs === 0 ? now : Math.max(flow.heldSinceMs, flow.lastByteMs)

const halfOpenFrom = (one: Flow, other: Flow, now: number): number => Math.max(one.endedMs, other.endedMs) || now
