import type { Peer } from '../peers/peer.ts'
import type { Work } from '../work/work.ts'

export interface PlannedRun {
  round: number
  position: number
  work: Work
  peer: Peer
}

/**
 * Rounds outermost, contestants innermost: those that are compared run within seconds of each other, so what else
 * happens on the machine hits all of them. Their order is another one in each round and work, or the same one would
 * always follow the heaviest. Memory takes no CPU from anybody, but time: all contestants have theirs measured at once.
 */
export function* plan(rounds: number, works: readonly Work[], peers: readonly Peer[]): Generator<PlannedRun[]> {
  for (let round = 1; round <= rounds; round++) {
    for (const [workIndex, work] of works.entries()) {
      const runs = order(peers, round + workIndex).map((peer, position) => ({ round, position, work, peer }))
      if (work.memory) yield runs
      else yield* runs.map((run) => [run])
    }
  }
}

/** Rotated by `turn`, and backwards every other turn: each follows each other one now and then. */
export const order = <T>(items: readonly T[], turn: number): T[] => {
  const start = turn % items.length
  const rotated = [...items.slice(start), ...items.slice(0, start)]
  return turn % 2 === 0 ? rotated : rotated.reverse()
}
