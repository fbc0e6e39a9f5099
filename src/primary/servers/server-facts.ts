import type { ServerState, ServerStateName, UpstreamState } from '../../serving/state.ts'

/** What an operator may set: `ready` ends the others. */
export const SET_BY_HAND = ['ready', 'drain', 'down'] as const
export type ByHand = (typeof SET_BY_HAND)[number]

/** What was learnt of a server, each part by its own source. */
export interface ServerFacts {
  readonly byHand: ByHand
  /** The result of the checks, and how long the last took; undefined before the first, and where there are none. */
  readonly check: { readonly passes: boolean; readonly reason: string; readonly lastMs: number } | undefined
  /** Whether dials to it failed, and since when (`nowMs()`); undefined if it was never ejected. */
  readonly ejection: { readonly isEjected: boolean; readonly reason: string; readonly sinceMs: number } | undefined
  /** Why its name has no address; undefined if it has one. */
  readonly unresolvedBecause: string | undefined
}

export const NOTHING_LEARNT: ServerFacts = {
  byHand: 'ready',
  check: undefined,
  ejection: undefined,
  unresolvedBecause: undefined,
}

export interface StateAndReason {
  readonly state: ServerStateName
  /** In words, for the log and `/stats`. */
  readonly reason: string
}

/**
 * The state that follows from all that was learnt. An operator's word comes first.
 *
 * @param upstream the upstream of the server; undefined if it is not served
 */
export const stateFrom = (
  facts: ServerFacts,
  { address }: Pick<ServerState, 'address'>,
  upstream: Pick<UpstreamState, 'health'> | undefined,
): StateAndReason => {
  const { byHand, check, ejection, unresolvedBecause } = facts
  if (byHand === 'down') return { state: 'maintenance', reason: 'set to down by hand' }
  if (byHand === 'drain') return { state: 'draining', reason: 'set to drain by hand' }
  if (address === undefined) return { state: 'down', reason: unresolvedBecause ?? 'its name has no address yet' }
  if (check?.passes === false) return { state: 'down', reason: check.reason }
  if (ejection?.isEjected) return { state: 'ejected', reason: ejection.reason }
  if (check === undefined) {
    const uncheckedBecause = upstream?.health === 'off' ? 'its upstream has no checks' : 'no check yet'
    return { state: 'unchecked', reason: ejection?.reason ?? uncheckedBecause }
  }
  return { state: 'up', reason: check.reason }
}
