/**
 * The sum of the totals of the primary and all workers, including dead ones. Workers send totals that only grow; the latest of each living
 * worker are kept, and those of dead ones stay in the sum for ever. So no counter ever falls, and `connectionsAccepted` is
 * always `connectionsActive` plus all outcomes, in whatever order workers die.
 */
import { isName } from '../../config/fields/fields.ts'
import { type Entry, Totals } from '../../stats/totals.ts'

/** The names that may be reported: those that are or were served. Others are not shown. */
export interface KnownNames {
  hasListener(name: string): boolean
  hasUpstream(name: string): boolean
}

export class TotalsByWorker {
  readonly #names: KnownNames
  readonly #onIgnored: (workerId: number, ignoredSoFar: number) => void
  #ignored = 0
  /** What the primary itself counts. */
  readonly own = new Totals()
  readonly #living = new Map<number, Totals>()
  readonly #dead = new Totals()

  /** `onIgnored` is called for each report with malformed or impossible entries, with the number of such reports so far. */
  constructor(names: KnownNames, onIgnored: (workerId: number, ignoredSoFar: number) => void) {
    this.#names = names
    this.#onIgnored = onIgnored
  }

  began(workerId: number): void {
    this.#living.set(workerId, new Totals())
  }

  /** Takes a worker's changed totals, except impossible ones: of a dead worker, with unknown names, or lower than before. */
  report(workerId: number, entries: readonly Entry[]): void {
    const totals = this.#living.get(workerId)
    const taken = totals ? entries.filter((entry) => this.#knows(entry) && totals.update(entry)) : []
    if (totals === undefined || taken.length < entries.length) this.ignore(workerId)
  }

  /** A report was malformed. */
  ignore(workerId: number): void {
    this.#ignored += 1
    this.#onIgnored(workerId, this.#ignored)
  }

  /** A worker is gone. Its counts stay; connections that were still active count as `internalError`. */
  ended(workerId: number): void {
    const last = this.#living.get(workerId)
    if (last === undefined) return
    this.#living.delete(workerId)
    for (const { counts } of last.entries('listener')) {
      if (counts.connectionsActive === 0) continue
      counts.outcomes.internalError = (counts.outcomes.internalError ?? 0) + counts.connectionsActive
    }
    last.endGauges()
    this.#dead.add(last.all())
  }

  activeIn(workerId: number): number {
    const entries = this.#living.get(workerId)?.entries('listener') ?? []
    return entries.reduce((sum, { counts }) => sum + counts.connectionsActive, 0)
  }

  /** Log lines that the workers have lost so far. */
  get linesLost(): number {
    const all = [this.#dead, ...this.#living.values()]
    return all.reduce((lost, totals) => lost + totals.of('worker').logLinesLost, 0)
  }

  sum(): Totals {
    const sum = new Totals()
    for (const totals of [this.own, this.#dead, ...this.#living.values()]) sum.add(totals.all())
    return sum
  }

  #knows({ scope, names: [name = '', inner = ''] }: Entry): boolean {
    switch (scope) {
      case 'worker':
        return true
      case 'listener':
        return this.#names.hasListener(name)
      case 'upstream':
      case 'server':
        return this.#names.hasUpstream(name)
      case 'inspector':
        // Inspectors define their own names, in modules that only workers load.
        return this.#names.hasListener(name) && isName(inner)
    }
  }
}
