import { type Counts, endedOf, type ServerCounts } from './check-stats.ts'

/** The parts of /stats that only grow. */
export interface Counting {
  readonly logLinesLost: number
  readonly reloads: Readonly<Record<string, number>>
  readonly listeners: Readonly<Record<string, Counts>>
  readonly upstreams: Readonly<Record<string, { readonly servers: Readonly<Record<string, ServerCounts>> }>>
}

/** Counters of /stats never fall, whatever becomes of workers and listeners, and what was accepted lives or has ended. */
export class Counters {
  readonly #reached = new Map<string, number>()

  /**
   * What is wrong with an answer that comes after all others.
   *
   * @param isSettled false if a connection may be counted by two workers, or by none: it has just moved, or one was killed
   */
  look(stats: Counting, isSettled: boolean): string[] {
    const faults = isSettled ? unbalanced(stats) : []
    for (const [name, value] of countersOf(stats)) {
      const before = this.#reached.get(name) ?? 0
      if (value < before) faults.push(`/stats: ${name} fell from ${before} to ${value}`)
      this.#reached.set(name, value)
    }
    return faults
  }
}

const unbalanced = ({ listeners }: Counting): string[] =>
  Object.entries(listeners).flatMap(([name, { connectionsAccepted, connectionsActive, outcomes }]) => {
    const ended = endedOf(outcomes)
    if (connectionsAccepted === connectionsActive + ended) return []
    const parts = `${connectionsActive} live and ${ended} have ended`
    return [`/stats of ${name}: ${connectionsAccepted} were accepted, ${parts}`]
  })

const countersOf = ({ logLinesLost, reloads, listeners, upstreams }: Counting): [string, number][] => [
  ['logLinesLost', logLinesLost],
  ...named('reloads', reloads),
  ...Object.entries(listeners).flatMap(([name, { outcomes, connectionsActive, ...counters }]) => [
    ...named(name, counters),
    ...named(`${name} outcomes`, outcomes),
  ]),
  ...Object.entries(upstreams).flatMap(([name, { servers }]) =>
    Object.entries(servers).flatMap(([server, { connectionsTotal, bytesToUpstream, bytesToClient }]) =>
      named(`server ${server} of ${name}`, { connectionsTotal, bytesToUpstream, bytesToClient }),
    ),
  ),
]

const named = (name: string, counters: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(counters).map(([counter, value]) => [`${counter} of ${name}`, value])
