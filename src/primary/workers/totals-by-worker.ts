/**
 * The sum of what all workers have counted, the dead ones included. Workers send totals that only grow; the latest of
 * each living one is kept, and what a dead one had reached stays in the sum for ever. So no counter ever falls, and
 * `connectionsAccepted` is `connectionsActive` plus all outcomes, whatever dies in whichever order.
 */
import { isName } from '../../config/fields/fields.ts'
import { type Entry, Totals } from '../../stats/totals.ts'

/** The names that may be reported: of what is or was served. A report of any other is not ours to show. */
export interface KnownNames {
  hasListener(name: string): boolean
  hasUpstream(name: string): boolean
}

export class TotalsByWorker {
  readonly #names: KnownNames
  readonly #onIgnored: (workerId: number, ignoredSoFar: number) => void
  #ignored = 0
  readonly #living = new Map<number, Totals>()
  readonly #dead = new Totals()

  /** `onIgnored` is called for each report of which something could not be read or could not be true, with their number so far. */
  constructor(names: KnownNames, onIgnored: (workerId: number, ignoredSoFar: number) => void) {
    this.#names = names
    this.#onIgnored = onIgnored
  }

  began(workerId: number): void {
    this.#living.set(workerId, new Totals())
  }

  /** Takes what has changed in a worker's totals, but for what cannot be true: of a dead worker, of unknown names, or fallen. */
  report(workerId: number, entries: readonly Entry[]): void {
    const totals = this.#living.get(workerId)
    const taken = totals ? entries.filter((entry) => this.#knows(entry) && totals.update(entry)) : []
    if (totals === undefined || taken.length < entries.length) this.ignore(workerId)
  }

  /** A report that could not even be read. */
  ignore(workerId: number): void {
    this.#ignored += 1
    this.#onIgnored(workerId, this.#ignored)
  }

  /** A worker is gone. What it counted stays; connections that were still active ended with it, through no fault of their own. */
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

  /** Of their logs' lines, so far. */
  get linesLost(): number {
    const all = [this.#dead, ...this.#living.values()]
    return all.reduce((lost, totals) => lost + totals.of('worker').logLinesLost, 0)
  }

  sum(): Totals {
    const sum = new Totals()
    for (const totals of [this.#dead, ...this.#living.values()]) sum.add(totals.all())
    return sum
  }

  #knows({ scope, names: [name = '', inner = ''] }: Entry): boolean {
    switch (scope) {
      case 'worker':
        return true
      case 'listener':
        return this.#names.hasListener(name)
      case 'server':
        return this.#names.hasUpstream(name)
      case 'inspector':
        // Inspectors name themselves, in modules that only workers load.
        return this.#names.hasListener(name) && isName(inner)
    }
  }
}
