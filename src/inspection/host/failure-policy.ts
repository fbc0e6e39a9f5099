import type { ActiveInspectors } from './active-inspectors.ts'

/** What becomes of a connection whose inspection as a whole cannot go on. */
export interface FailureDecision {
  /** The inspector that is named for it. */
  readonly link: number
  /** The connection may not go on without. */
  readonly final: boolean
}

/**
 * Those inspectors that would still have seen bytes decide: the connection ends if one of them has `onFailure: close`.
 *
 * @param culprit the inspector whose call has ended the thread, if that is known
 * @param bytesAreLost the thread held bytes that nobody else has
 * @returns undefined if the connection goes on as if nothing had happened
 */
export const decideFailure = (
  inspectors: ActiveInspectors,
  culprit: number | undefined,
  bytesAreLost: boolean,
): FailureDecision | undefined => {
  const { plans } = inspectors
  const links = inspectors.links()
  if (links.length === 0 && !bytesAreLost) return undefined
  const closing = links.find((link) => plans[link]?.onFailure === 'close')
  const link = culprit !== undefined && links.includes(culprit) ? culprit : (closing ?? links[0] ?? 0)
  return { link, final: closing !== undefined || bytesAreLost }
}
