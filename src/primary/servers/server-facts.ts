import type { ServerState, ServerStateName } from '../../serving/state.ts'

/** What an operator has set: `ready` ends it. */
export type ByHand = 'ready' | 'drain' | 'down'

/** What was learnt of a server, each part by its own source. */
export interface ServerFacts {
  readonly byHand: ByHand
  /** The result of the checks; undefined before the first, and where there are none. */
  readonly check: { readonly passes: boolean; readonly reason: string } | undefined
  /** Why it is ejected; undefined if it is not. */
  readonly ejectedBecause: string | undefined
  /** Why its name has no address; undefined if it has one. */
  readonly unresolvedBecause: string | undefined
}

export const NOTHING_LEARNT: ServerFacts = {
  byHand: 'ready',
  check: undefined,
  ejectedBecause: undefined,
  unresolvedBecause: undefined,
}

export interface StateAndReason {
  readonly state: ServerStateName
  /** In words, for the log and `/stats`. */
  readonly reason: string
}

/** The state that follows from all that was learnt. An operator's word comes first. */
export const stateFrom = (facts: ServerFacts, { address }: Pick<ServerState, 'address'>): StateAndReason => {
  const { byHand, check, ejectedBecause, unresolvedBecause } = facts
  if (byHand === 'down') return { state: 'maintenance', reason: 'set to down by hand' }
  if (byHand === 'drain') return { state: 'draining', reason: 'set to drain by hand' }
  if (address === undefined) return { state: 'down', reason: unresolvedBecause ?? 'its name has no address yet' }
  if (check?.passes === false) return { state: 'down', reason: check.reason }
  if (ejectedBecause !== undefined) return { state: 'ejected', reason: ejectedBecause }
  return check === undefined ? { state: 'unchecked', reason: 'no check yet' } : { state: 'up', reason: check.reason }
}
