import type { Machine } from '../measure/machine.ts'
import type { Durations } from '../measure/measure.ts'
import type { Sample } from '../measure/sample.ts'
import type { FigureName, Work } from '../work/work.ts'

/** The raw data: all that the page is made of. */
export interface Data {
  machine: Machine
  /** Programs beside the contestants, with their versions. */
  tools: Record<string, string>
  rounds: number
  durations: Durations
  quick: boolean
  /** The revision that the working tree is compared with, when that is what was asked. */
  comparedWith?: string
  peers: PeerFacts[]
  works: WorkFacts[]
  samples: Sample[]
}

export interface PeerFacts {
  name: string
  label: string
  ours: boolean
  version: string
  /** Why it did not take part. */
  absent?: string
}

export type WorkFacts = Pick<
  Work,
  'name' | 'title' | 'explain' | 'unit' | 'throughput' | 'headline' | 'also' | 'workers' | 'loads'
> & {
  /** Why it was not measured here. */
  notMeasured?: string
}

/** By round: the figure of each run that counts. */
export const valuesByRound = (data: Data, work: string, peer: string, figure: FigureName): Map<number, number> => {
  const values = new Map<number, number>()
  for (const sample of data.samples) {
    if (sample.work !== work || sample.peer !== peer || sample.errors.length > 0) continue
    const value = sample.figures[figure]
    if (value !== undefined) values.set(sample.round, value)
  }
  return values
}

export interface Spread {
  median: number
  lowest: number
  highest: number
  count: number
}

export const spreadOf = (values: Iterable<number>): Spread | undefined => {
  const sorted = [...values].sort((a, b) => a - b)
  const lowest = sorted[0]
  const highest = sorted.at(-1)
  if (lowest === undefined || highest === undefined) return undefined
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
  return { median, lowest, highest, count: sorted.length }
}

/**
 * `peer` over `other`, formed in each round in which both have a run that counts, then their median. A round that was
 * slow for both leaves the ratio as it was; a ratio of medians would not.
 */
export const ratioOf = (
  data: Data,
  work: string,
  figure: FigureName,
  peer: string,
  other: string,
): Spread | undefined => {
  const others = valuesByRound(data, work, other, figure)
  const ratios: number[] = []
  for (const [round, value] of valuesByRound(data, work, peer, figure)) {
    const against = others.get(round)
    if (against !== undefined && against > 0) ratios.push(value / against)
  }
  return spreadOf(ratios)
}

/** Of `peers`, the one with the lowest median. */
export const bestOf = (data: Data, work: string, figure: FigureName, peers: readonly string[]): string | undefined => {
  let best: { peer: string; median: number } | undefined
  for (const peer of peers) {
    const spread = spreadOf(valuesByRound(data, work, peer, figure).values())
    if (spread && (!best || spread.median < best.median)) best = { peer, median: spread.median }
  }
  return best?.peer
}

/** The engine that the page speaks for: kernel where it took part, else streams. */
export const champion = (data: Data): PeerFacts | undefined => {
  const ours = data.peers.filter((peer) => peer.ours && data.samples.some((sample) => sample.peer === peer.name))
  return ours.find((peer) => peer.name.startsWith('copyloop-kernel')) ?? ours[0]
}
