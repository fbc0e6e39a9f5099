import type { FigureName } from '../work/work.ts'

/**
 * One run: one work, one contestant, one round. Raw data for the page; a run with errors is kept, and counts for
 * nothing.
 */
export interface Sample {
  round: number
  /** Its place within the round: the order changes from round to round. */
  position: number
  work: string
  peer: string
  seconds: number
  units: number
  figures: Partial<Record<FigureName, number>>
  errors: string[]
  /** The start line, with "." for its folder. */
  command: string
}
