import { OUTCOME_KINDS, type OutcomeKind, outcomeKind } from './outcome-kinds.ts'
import { ratesBetween } from './rates.ts'
import type { ListenerStats, Stats } from './stats.ts'

export interface ListenerRow extends ListenerStats {
  readonly listener: string
  readonly newPerSecond: number
  readonly toUpstreamPerSecond: number
  readonly toClientPerSecond: number
}

/** @param before for rates; undefined before there is such a state */
export const listenerRows = (stats: Stats, before: Stats | undefined): ListenerRow[] => {
  const perSecond = ratesBetween(before, stats)
  return Object.entries(stats.listeners).map(([listener, counts]) => ({
    ...counts,
    listener,
    newPerSecond: perSecond(({ listeners }) => listeners[listener]?.connectionsAccepted),
    toUpstreamPerSecond: perSecond(({ listeners }) => listeners[listener]?.bytesToUpstream),
    toClientPerSecond: perSecond(({ listeners }) => listeners[listener]?.bytesToClient),
  }))
}

export interface OutcomeRow {
  readonly outcome: string
  readonly kind: OutcomeKind
  /** Since the state that is given as `earlier`. */
  readonly lately: number
  readonly total: number
}

/** The outcomes that have occurred, the kinds that need somebody first, and of a kind the most frequent. */
export const outcomeRows = (stats: Stats, earlier: Stats | undefined): OutcomeRow[] =>
  Object.entries(stats.totals.outcomes)
    .map(([outcome, total]) => ({
      outcome,
      kind: outcomeKind(outcome),
      lately: Math.max(0, total - (earlier?.totals.outcomes[outcome] ?? (earlier === undefined ? total : 0))),
      total,
    }))
    .toSorted(
      (one, other) =>
        OUTCOME_KINDS.indexOf(other.kind) - OUTCOME_KINDS.indexOf(one.kind) ||
        other.lately - one.lately ||
        other.total - one.total,
    )
