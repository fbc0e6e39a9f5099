import { isDeepStrictEqual } from 'node:util'
import { LiveTotals, type TotalsChanges } from '../../stats/live-totals.ts'
import { Tally } from '../../stats/tally.ts'
import type { Counted, Entry } from '../../stats/totals.ts'

/** What is not counted as it happens, and is asked for. */
interface CountSources {
  isServed(counted: Counted): boolean
  /** Log lines that could not be written so far. */
  linesLost(): number
  /** The counts of the inspectors so far, in objects that nobody changes. */
  inspectors(): readonly Entry[]
}

/** Everything that a worker counts. */
export class WorkerCounts {
  readonly #sources: CountSources
  readonly #totals: LiveTotals
  readonly #tallies = new Map<string, Tally>()
  /** The counts of inspectors as they were last taken. */
  readonly #inspectors = new Map<string, Entry['counts']>()

  constructor(sources: CountSources) {
    this.#sources = sources
    this.#totals = new LiveTotals((counted) => sources.isServed(counted))
  }

  /** A listener that returns under its old name continues its counts, while something of it lives. */
  tallyOf(listener: string): Tally {
    const tally = this.#tallies.get(listener) ?? new Tally(listener, this.#totals)
    this.#tallies.set(listener, tally)
    return tally
  }

  /** To be called when something has ceased to be served. */
  reviewServed(): void {
    this.#totals.reviewServed()
  }

  /** All counts so far. */
  all(): readonly Entry[] {
    this.#bringUpToDate()
    return [...this.#totals.all(), ...this.#sources.inspectors()]
  }

  /** What has changed since the last call. */
  takeChanges(): TotalsChanges {
    this.#bringUpToDate()
    const { changed, left } = this.#totals.takeChanges()
    for (const { scope, names } of left) if (scope === 'listener') this.#tallies.delete(names[0] ?? '')
    return { changed: [...changed, ...this.#changedInspectors()], left }
  }

  #bringUpToDate(): void {
    for (const tally of this.#tallies.values()) tally.takeBytes()
    const worker = this.#totals.entry('worker')
    const linesLost = this.#sources.linesLost()
    if (linesLost > worker.counts.logLinesLost) this.#totals.change(worker).logLinesLost = linesLost
  }

  /** Threads count in memory of their own and tell nobody: only a comparison shows what has changed. */
  #changedInspectors(): Entry[] {
    return this.#sources.inspectors().filter(({ names, counts }) => {
      const key = names.join('\n')
      if (isDeepStrictEqual(this.#inspectors.get(key), counts)) return false
      this.#inspectors.set(key, counts)
      return true
    })
  }
}
