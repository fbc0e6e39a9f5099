import type { Line } from './facts.ts'

/** The part of /stats that is checked. */
export interface Counts {
  readonly connectionsAccepted: number
  readonly connectionsActive: number
  readonly bytesToUpstream: number
  readonly bytesToClient: number
  readonly outcomes: Readonly<Record<string, number>>
}

/** Sums of the log lines of one listener. */
export class LineSums {
  lines = 0
  bytesToUpstream = 0
  bytesToClient = 0
  readonly outcomes: Record<string, number> = {}

  add({ outcome, bytesToUpstream, bytesToClient }: Line): void {
    this.lines += 1
    this.bytesToUpstream += bytesToUpstream
    this.bytesToClient += bytesToClient
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1
  }
}

/** /stats beside the log: the same numbers. */
export const checkStats = (listener: string, counts: Counts, sums: LineSums): string[] => {
  const faults: string[] = []
  const differs = (what: string, counted: number, logged: number): void => {
    if (counted !== logged) faults.push(`/stats of ${listener}: ${what} is ${counted}, by the log it is ${logged}`)
  }
  differs('connectionsActive', counts.connectionsActive, 0)
  differs('connectionsAccepted', counts.connectionsAccepted, sums.lines)
  differs('bytesToUpstream', counts.bytesToUpstream, sums.bytesToUpstream)
  differs('bytesToClient', counts.bytesToClient, sums.bytesToClient)
  for (const outcome of new Set([...Object.keys(counts.outcomes), ...Object.keys(sums.outcomes)])) {
    differs(outcome, counts.outcomes[outcome] ?? 0, sums.outcomes[outcome] ?? 0)
  }
  return faults
}

/**
 * /stats after workers were killed: what a worker had counted since its last report is lost with it, and so are lines of
 * its last tenth of a second. What must hold still holds.
 */
export const checkStatsAfterKills = (listener: string, counts: Counts, opened: number): string[] => {
  const ended = Object.values(counts.outcomes).reduce((sum, count) => sum + count, 0)
  const faults: string[] = []
  if (counts.connectionsActive !== 0)
    faults.push(`/stats of ${listener}: ${counts.connectionsActive} are active at the end`)
  if (counts.connectionsAccepted !== ended) {
    faults.push(`/stats of ${listener}: ${counts.connectionsAccepted} were accepted and ${ended} have ended`)
  }
  if (counts.connectionsAccepted > opened) {
    faults.push(`/stats of ${listener}: ${counts.connectionsAccepted} were accepted of ${opened} that were opened`)
  }
  return faults
}
