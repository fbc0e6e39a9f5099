import type { Line } from './facts.ts'

/** The part of /stats that is checked. */
export interface Counts {
  readonly connectionsAccepted: number
  readonly connectionsActive: number
  readonly bytesToUpstream: number
  readonly bytesToClient: number
  readonly outcomes: Readonly<Record<string, number>>
}

/** The same for a server of an upstream. */
export interface ServerCounts {
  readonly connectionsActive: number
  readonly connectionsTotal: number
  readonly bytesToUpstream: number
  readonly bytesToClient: number
}

export const endedOf = (outcomes: Counts['outcomes']): number =>
  Object.values(outcomes).reduce((sum, count) => sum + count, 0)

/** Sums of the log lines of one listener, or of one upstream. */
export class LineSums {
  lines = 0
  /** Lines of connections that had reached a server. */
  relayed = 0
  bytesToUpstream = 0
  bytesToClient = 0
  readonly outcomes: Record<string, number> = {}

  add({ outcome, phase, bytesToUpstream, bytesToClient }: Line): void {
    this.lines += 1
    if (phase === 'relay') this.relayed += 1
    this.bytesToUpstream += bytesToUpstream
    this.bytesToClient += bytesToClient
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1
  }
}

/** /stats beside the log: the same numbers. */
export const checkStats = (listener: string, counts: Counts, sums: LineSums): string[] => [
  ...differences(`/stats of ${listener}`, {
    connectionsActive: [counts.connectionsActive, 0],
    connectionsAccepted: [counts.connectionsAccepted, sums.lines],
    bytesToUpstream: [counts.bytesToUpstream, sums.bytesToUpstream],
    bytesToClient: [counts.bytesToClient, sums.bytesToClient],
  }),
  ...differences(
    `/stats of ${listener}`,
    Object.fromEntries(
      Object.keys({ ...counts.outcomes, ...sums.outcomes }).map((outcome) => [
        outcome,
        [counts.outcomes[outcome] ?? 0, sums.outcomes[outcome] ?? 0],
      ]),
    ),
  ),
]

export const checkServerStats = (server: string, counts: ServerCounts, sums: LineSums): string[] =>
  differences(`/stats of the server of ${server}`, {
    connectionsActive: [counts.connectionsActive, 0],
    connectionsTotal: [counts.connectionsTotal, sums.relayed],
    bytesToUpstream: [counts.bytesToUpstream, sums.bytesToUpstream],
    bytesToClient: [counts.bytesToClient, sums.bytesToClient],
  })

const differences = (where: string, numbers: Readonly<Record<string, readonly [number, number]>>): string[] =>
  Object.entries(numbers).flatMap(([what, [counted, logged]]) =>
    counted === logged ? [] : [`${where}: ${what} is ${counted}, by the log it is ${logged}`],
  )

/**
 * /stats after workers were killed: what a worker had counted since its last report is lost with it, and so are lines of
 * its last tenth of a second. What must hold still holds.
 *
 * @param moved how many connections have moved: one that had just left a killed worker, or come to it, may be counted as
 *   ended with it and once more, or not at all
 */
export const checkStatsAfterKills = (listener: string, counts: Counts, opened: number, moved: number): string[] => {
  const ended = endedOf(counts.outcomes)
  const faults: string[] = []
  if (counts.connectionsActive !== 0)
    faults.push(`/stats of ${listener}: ${counts.connectionsActive} are active at the end`)
  if (Math.abs(counts.connectionsAccepted - ended) > moved) {
    faults.push(`/stats of ${listener}: ${counts.connectionsAccepted} were accepted and ${ended} have ended`)
  }
  if (counts.connectionsAccepted > opened) {
    faults.push(`/stats of ${listener}: ${counts.connectionsAccepted} were accepted of ${opened} that were opened`)
  }
  return faults
}
