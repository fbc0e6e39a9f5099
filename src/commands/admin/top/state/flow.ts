import type { Stats } from '../../../../primary/admin/stats-answer.ts'

/** Bytes per second through the whole proxy. */
export interface Flow {
  /** Undefined until there are two answers to compare. */
  readonly perSecond: { readonly toUpstream: number; readonly toClient: number } | undefined
  /** What the next answer is compared with. */
  readonly since: Sample | undefined
}

interface Sample {
  readonly atMs: number
  readonly toUpstream: number
  readonly toClient: number
}

export const NO_FLOW: Flow = { perSecond: undefined, since: undefined }

/** Within less, what workers have reported by chance decides. */
const SHORTEST_MS = 900

/** @param atMs `nowMs()` of the answer */
export const flowAfter = ({ perSecond, since }: Flow, { totals }: Pick<Stats, 'totals'>, atMs: number): Flow => {
  const sample = { atMs, toUpstream: totals.bytesToUpstream, toClient: totals.bytesToClient }
  const isFallen = since !== undefined && (sample.toUpstream < since.toUpstream || sample.toClient < since.toClient)
  // Counters never fall: this is another copyloop, which was started meanwhile.
  if (since === undefined || isFallen) return { perSecond: undefined, since: sample }
  const seconds = (atMs - since.atMs) / 1_000
  if (seconds * 1_000 < SHORTEST_MS) return { perSecond, since }
  const rate = (name: 'toUpstream' | 'toClient'): number => Math.round((sample[name] - since[name]) / seconds)
  return { perSecond: { toUpstream: rate('toUpstream'), toClient: rate('toClient') }, since: sample }
}
