/** What an end is called: pure functions of how the dial or the relay ended, and of the reason that came before it. */
import type { RelayEnd } from '../engine/engine.ts'
import { ConnectionEnded, type End } from './outcome.ts'

/** @param cut the first reason to end, if there was one: it stays, whatever a dial came to meanwhile */
export const endOfError = (error: unknown, cut: End | undefined): End => {
  if (!(error instanceof ConnectionEnded)) return { outcome: 'internalError', endedBy: 'proxy', error: error as Error }
  return cut ?? error.end
}

export const endOfRelay = (end: RelayEnd, cut: End | undefined): End => {
  if (end.how === 'completed') return { outcome: 'completed', endedBy: end.first }
  if (end.how === 'reset') {
    return { outcome: end.by === 'client' ? 'clientReset' : 'upstreamReset', endedBy: end.by, error: end.error }
  }
  return cut ?? { outcome: 'internalError', endedBy: 'proxy', error: new Error('the relay stopped by itself') }
}
