/**
 * What an outcome means for whoever watches over copyloop: `completed` is as it should be; `failed` is a client that was
 * not served for a reason on our side or the servers'; the rest is neither: a client that left, a clock, a limit, a verdict.
 */
export const OUTCOME_KINDS = ['completed', 'cutShort', 'failed'] as const
export type OutcomeKind = (typeof OUTCOME_KINDS)[number]

const FAILED: ReadonlySet<string> = new Set([
  'upstreamReset',
  'dialRefused',
  'dialTimeout',
  'dialFailed',
  'noServer',
  'queueTimeout',
  'serverDown',
  'inspectionFailed',
  'resourceExhausted',
  'internalError',
])

export const outcomeKind = (outcome: string): OutcomeKind => {
  if (outcome === 'completed') return 'completed'
  return FAILED.has(outcome) ? 'failed' : 'cutShort'
}

/** Sums up a count per outcome. */
export const byKind = (
  outcomes: readonly string[],
  countOf: (outcome: string) => number,
): Record<OutcomeKind, number> => {
  const sums = { completed: 0, cutShort: 0, failed: 0 }
  for (const outcome of outcomes) sums[outcomeKind(outcome)] += countOf(outcome)
  return sums
}
