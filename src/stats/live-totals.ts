import { isIdle } from './counts.ts'
import type { Counts, Scope } from './metrics.ts'
import { type Counted, type Entry, Totals } from './totals.ts'

/** What has happened to totals since they were last looked at. */
export interface TotalsChanges {
  /** Those that have grown, and those that are new. */
  readonly changed: readonly Entry[]
  /** The last counts of what is neither served nor alive any longer, and is forgotten. */
  readonly left: readonly Entry[]
}

/**
 * The totals of one worker, as they grow. It knows which have changed, so that a report costs nothing for all others, and
 * forgets what is gone, so that names may come and go by the thousand.
 */
export class LiveTotals {
  readonly #totals = new Totals()
  readonly #isServed: (counted: Counted) => boolean
  readonly #changed = new Set<Entry>()
  /** Those that are not served, but of which something may still live. */
  readonly #unserved = new Set<Entry>()

  constructor(isServed: (counted: Counted) => boolean) {
    this.#isServed = isServed
  }

  /**
   * The entry of that name; created with zeros. It may be kept while it is served or one of its gauges is above 0; that of an
   * upstream as long as one of a server.
   */
  entry<Of extends Scope>(scope: Of, ...names: readonly string[]): Entry<Of> {
    const found = this.#totals.get({ scope, names })
    if (found) return found
    const made = this.#totals.entry(scope, ...names)
    this.#changed.add(made as Entry)
    if (!this.#isServed(made)) this.#unserved.add(made as Entry)
    return made
  }

  /** The counts of an entry, which are about to be incremented. */
  change<Of extends Scope>(entry: Entry<Of>): Counts<Of> {
    this.#changed.add(entry as Entry)
    return entry.counts
  }

  all(): readonly Entry[] {
    return this.#totals.all()
  }

  /** To be called when something has ceased to be served. */
  reviewServed(): void {
    for (const entry of this.#totals.all()) if (!this.#isServed(entry)) this.#unserved.add(entry)
  }

  /** What has changed since the last call. */
  takeChanges(): TotalsChanges {
    const left = [...this.#unserved].filter((entry) => this.#forgetIfGone(entry))
    const changed = [...this.#changed]
    this.#changed.clear()
    return { changed, left }
  }

  #forgetIfGone(entry: Entry): boolean {
    const isServed = this.#isServed(entry)
    if (!isServed && this.#isInUse(entry)) return false
    this.#unserved.delete(entry)
    if (isServed) return false
    this.#changed.delete(entry)
    this.#totals.delete(entry)
    return true
  }

  #isInUse({ scope, names, counts }: Entry): boolean {
    const hasServers = scope === 'upstream' && this.#totals.entries('server', ...names).length > 0
    return hasServers || !isIdle(scope, counts)
  }
}
