/**
 * The sum of the totals of the primary and all workers, including dead ones. Workers send totals that only grow; the latest of each living
 * worker are kept, and those of dead ones stay in the sum. So no counter ever falls, and `connectionsAccepted` is
 * always `connectionsActive` plus all outcomes, in whatever order workers die.
 *
 * A worker forgets what is neither served nor alive any longer: what it had counted then stays in the sum as well. The sum
 * forgets it once its name is not known any more.
 */
import { isName } from '../../config/fields/fields.ts'
import { addCounts, endGauges, noCounts } from '../../stats/counts.ts'
import type { Counts, WORKER_ENDS } from '../../stats/metrics.ts'
import { type Counted, type Entry, type ReportedEntry, Totals } from '../../stats/totals.ts'

/** The names that are served, or were not long ago. Others are not counted. */
export interface KnownNames {
  has(counted: Counted): boolean
}

/** The name under which the listeners are counted whose own names are forgotten: no listener is called so. */
export const FORGOTTEN = ''

/** The program from which this one has taken over counts as a worker while it drains; no worker has this id. */
export const PREDECESSOR = 0

export class TotalsByWorker {
  readonly #names: KnownNames
  readonly #onIgnored: (workerId: number, ignoredSoFar: number) => void
  #ignored = 0
  /** What the primary itself counts. */
  readonly own = new Totals()
  readonly #living = new Map<number, Totals>()
  /** What nobody counts any longer. */
  readonly #ended = new Totals()

  /** `onIgnored` is called for each report with malformed or impossible entries, with the number of such reports so far. */
  constructor(names: KnownNames, onIgnored: (workerId: number, ignoredSoFar: number) => void) {
    this.#names = names
    this.#onIgnored = onIgnored
  }

  began(workerId: number): void {
    this.#living.set(workerId, new Totals())
  }

  /**
   * Takes a worker's changed totals, except impossible ones: of a dead worker, with unknown names, or lower than before.
   *
   * @param left the last totals of what it counts no longer
   */
  report(workerId: number, changed: readonly ReportedEntry[], left: readonly ReportedEntry[] = []): void {
    const totals = this.#living.get(workerId)
    const take = (entry: ReportedEntry): boolean =>
      totals !== undefined && this.#isPossible(totals, entry, workerId) && totals.update(entry)
    const [takenOfChanged, takenOfLeft] = [changed.filter(take), left.filter(take)]
    for (const { scope, names } of takenOfLeft) if (totals) this.#end(totals, totals.entry(scope, ...names))
    if (takenOfChanged.length + takenOfLeft.length < changed.length + left.length) this.ignore(workerId)
  }

  /** A report was malformed. */
  ignore(workerId: number): void {
    this.#ignored += 1
    this.#onIgnored(workerId, this.#ignored)
  }

  /**
   * A worker is gone. Its counts stay; connections that were still active count as `internalError`.
   *
   * @param how undefined if it was told to, which is not counted
   */
  ended(workerId: number, how?: (typeof WORKER_ENDS)[number]): void {
    const last = this.#living.get(workerId)
    if (last === undefined) return
    if (how) this.own.counts('worker').ends[how] += 1
    this.#living.delete(workerId)
    for (const entry of last.all()) this.#end(last, entry)
  }

  activeIn(workerId: number): number {
    const entries = this.#living.get(workerId)?.entries('listener') ?? []
    return entries.reduce((sum, { counts }) => sum + counts.connectionsActive, 0)
  }

  /** What all listeners count together. */
  ofListeners(): Counts<'listener'> {
    const sum = noCounts('listener')
    for (const totals of [this.own, this.#ended, ...this.#living.values()]) {
      for (const { counts } of totals.entries('listener')) addCounts('listener', sum, counts)
    }
    return sum
  }

  /** Log lines that the workers have lost so far. */
  get linesLost(): number {
    const all = [this.#ended, ...this.#living.values()]
    return all.reduce((lost, totals) => lost + totals.of('worker').logLinesLost, 0)
  }

  /** An entry for each name; listeners that were forgotten have one together, whose name nobody knows. */
  sum(): Totals {
    const sum = new Totals()
    for (const totals of [this.own, this.#ended, ...this.#living.values()]) sum.add(totals.all())
    return sum
  }

  /** Forgets the counts whose names are not known any longer, and that no worker continues. To be called now and then. */
  forget(): void {
    for (const totals of [this.own, this.#ended]) {
      for (const entry of totals.all()) {
        if (this.#names.has(entry) || entry.names[0] === FORGOTTEN) continue
        totals.delete(entry)
        // The sum over all listeners must not fall.
        if (entry.scope === 'listener') this.#ended.add([{ ...entry, names: [FORGOTTEN] }])
      }
    }
  }

  #end(totals: Totals, entry: Entry): void {
    totals.delete(entry)
    if (isOfListener(entry) && entry.counts.connectionsActive > 0) {
      const { connectionsActive, outcomes } = entry.counts
      outcomes.internalError = (outcomes.internalError ?? 0) + connectionsActive
    }
    endGauges(entry.scope, entry.counts)
    this.#ended.add([entry])
  }

  /** A worker may go on with what has been gone for long: with connections that live for days. */
  #isPossible(totals: Totals, entry: ReportedEntry, workerId: number): boolean {
    if (workerId === PREDECESSOR && entry.names[0] === FORGOTTEN) return true
    return totals.get(entry) !== undefined || this.#knows(entry)
  }

  #knows({ scope, names: [name = '', inner = ''] }: Counted): boolean {
    switch (scope) {
      case 'worker':
        return true
      case 'server':
        // Dials to a server that is gone may still fail, and thousands may be gone.
        return this.#names.has({ scope: 'upstream', names: [name] })
      case 'inspector':
        // Inspectors define their own names, in modules that only workers load.
        return this.#names.has({ scope, names: [name] }) && isName(inner)
      default:
        return this.#names.has({ scope, names: [name] })
    }
  }
}

const isOfListener = (entry: Entry): entry is Entry<'listener'> => entry.scope === 'listener'
