import type { TimeoutsConfig } from '../../config/schema.ts'
import type { BothWays } from '../../engine/direction.ts'
import type { Flow, Relay } from '../../engine/engine.ts'

/** No clock of a relay that begins now can be due before this: see `readClocks`. */
export const firstLookMs = (timeouts: TimeoutsConfig): number =>
  Math.min(timeouts.maxAgeMs, timeouts.stallMs, timeouts.halfCloseMs, timeouts.idleMs)

/** The four clocks of a relay, each with its outcome. Of several that are due the first one decides. */
export const CLOCKS = {
  maxAge: 'maxAge',
  stall: 'stallTimeout',
  halfClose: 'halfCloseTimeout',
  idle: 'idleTimeout',
} as const
export type Clock = keyof typeof CLOCKS
const NAMES = Object.keys(CLOCKS) as readonly Clock[]

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
): (typeof CLOCKS)[Clock] | number => {
  const isUnacknowledged = relay.catchUp(now)
  const times = dueTimes(relay, timeouts, acceptedMs, now)
  const due = NAMES.find((clock) => times[clock] <= now)
  if (due !== undefined) return CLOCKS[due]
  const next = Math.min(times.maxAge, times.stall, times.halfClose, times.idle)
  return isUnacknowledged ? Math.min(next, now + firstLookMs(timeouts) / LOOKS_PER_CLOCK) : next
}

/**
 * When each clock would end the relay if nothing happened from now on (`nowMs()`, Infinity for never). A clock that is not
 * running has its whole duration left.
 */
export const dueTimes = (
  { toUpstream, toClient }: BothWays<Flow>,
  timeouts: TimeoutsConfig,
  acceptedMs: number,
  now: number,
): Readonly<Record<Clock, number>> => {
  const lastByteMs = Math.max(toUpstream.lastByteMs, toClient.lastByteMs)
  return {
    maxAge: acceptedMs + timeouts.maxAgeMs,
    stall: Math.min(stalledFrom(toUpstream, now), stalledFrom(toClient, now)) + timeouts.stallMs,
    // No half-close is stale while bytes flow: neither during a long answer to a client that has sent its FIN, nor while
    // the kernel still delivers bytes that it holds before the server's FIN.
    halfClose: Math.max(halfOpenFrom(toUpstream, toClient, now), lastByteMs) + timeouts.halfCloseMs,
    idle: lastByteMs + timeouts.idleMs,
  }
}

/** The clock that would end a relay first if nothing happened; undefined if none that runs has an end. */
export const nextClockOf = (
  relay: Relay,
  timeouts: TimeoutsConfig,
  acceptedMs: number,
  now: number,
): { readonly clock: Clock; readonly atMs: number } | undefined => {
  const times = dueTimes(relay, timeouts, acceptedMs, now)
  const [clock] = NAMES.filter((name) => times[name] < Infinity && runs(name, relay)).toSorted(
    (one, other) => times[one] - times[other],
  )
  return clock && { clock, atMs: times[clock] }
}

const runs = (clock: Clock, { toUpstream, toClient }: BothWays<Flow>): boolean => {
  if (clock === 'stall') return toUpstream.heldSinceMs !== 0 || toClient.heldSinceMs !== 0
  return clock !== 'halfClose' || toUpstream.endedMs !== 0 || toClient.endedMs !== 0
}

/** A receiver that takes a little now and then is slow, not stalled. */
const stalledFrom = (flow: Flow, now: number): number =>
  flow.heldSinceMs === 0 ? now : Math.max(flow.heldSinceMs, flow.lastByteMs)

/** Of a relay that came alive of an older process, times may be below 0. */
const halfOpenFrom = (one: Flow, other: Flow, now: number): number => {
  if (one.endedMs === 0 || other.endedMs === 0) return one.endedMs || other.endedMs || now
  return Math.max(one.endedMs, other.endedMs)
}
