import type { BothWays, Direction } from '../engine/direction.ts'
import type { Relay, RelayEnd } from '../engine/engine.ts'
import { ConnectionEnded, type End, type Pending } from './outcome.ts'

/**
 * The end that was thrown; anything else that is thrown in the data path is a defect.
 *
 * @param cut why it was cut short, if it was: whatever a step came to meanwhile, the first reason to end stays
 */
export const endOfError = (error: unknown, cut: End | undefined): End => {
  if (error instanceof ConnectionEnded) return cut ?? error.end
  return { outcome: 'internalError', endedBy: 'proxy', error: error as Error }
}

/** @param cut why the relay was stopped, if it was */
export const endOfRelay = (end: RelayEnd, cut: End | undefined): End => {
  if (end.how === 'completed') return { outcome: 'completed', endedBy: end.first }
  if (end.how === 'reset') {
    return { outcome: end.by === 'client' ? 'clientReset' : 'upstreamReset', endedBy: end.by, error: end.error }
  }
  return cut ?? { outcome: 'internalError', endedBy: 'proxy', error: new Error('the relay stopped by itself') }
}

/** What is on its way both ways: a relay that is stopped forgets it. */
export const pendingOf = (relay: Relay): BothWays<Pending> => ({
  toUpstream: pendingIn(relay, 'toUpstream'),
  toClient: pendingIn(relay, 'toClient'),
})

const pendingIn = (relay: Relay, direction: Direction): Pending => ({
  bytes: relay.pendingBytes(direction),
  heldSinceMs: relay[direction].heldSinceMs,
})
