/** Counts by name, as totals since the start: of one worker, or summed over all. */
import { addCounts, endGauges, neverFell, noCounts } from './counts.ts'
import type { Counts, Scope } from './metrics.ts'

/** The counts of one listener, server, inspector or worker; `names` are the values of its `LABELS`. */
export interface Entry<Of extends Scope = Scope> {
  readonly scope: Of
  readonly names: readonly string[]
  readonly counts: Counts<Of>
}

/** Equal for two entries that count the same thing. */
export const keyOf = ({ scope, names }: Pick<Entry, 'scope' | 'names'>): string => [scope, ...names].join('\n')

export class Totals {
  readonly #entries = new Map<string, Entry>()

  /** The counts of that name, to be incremented; created as zeros. */
  counts<Of extends Scope>(scope: Of, ...names: readonly string[]): Counts<Of> {
    const key = keyOf({ scope, names })
    const found = this.#entries.get(key) as Entry<Of> | undefined
    if (found) return found.counts
    const made: Entry<Of> = { scope, names, counts: noCounts(scope) }
    this.#entries.set(key, made as Entry)
    return made.counts
  }

  /** The counts of that name, or zeros. */
  of<Of extends Scope>(scope: Of, ...names: readonly string[]): Readonly<Counts<Of>> {
    return (this.#entries.get(keyOf({ scope, names })) as Entry<Of> | undefined)?.counts ?? noCounts(scope)
  }

  /** The entries of a scope whose first names are those given. */
  entries<Of extends Scope>(scope: Of, ...below: readonly string[]): Entry<Of>[] {
    return [...this.#entries.values()].filter(
      (entry): entry is Entry<Of> => entry.scope === scope && below.every((name, at) => entry.names[at] === name),
    )
  }

  all(): Entry[] {
    return [...this.#entries.values()]
  }

  /** Replaces the entry of the same name. Returns false, and changes nothing, if a counter would fall. */
  update(entry: Entry): boolean {
    const key = keyOf(entry)
    const before = this.#entries.get(key)
    if (before && !neverFell(entry.scope, before.counts, entry.counts)) return false
    this.#entries.set(key, entry)
    return true
  }

  add(entries: readonly Entry[]): void {
    for (const { scope, names, counts } of entries) addCounts(scope, this.counts(scope, ...names), counts)
  }

  /** The worker that counted has ended: gauges become 0, counters stay. */
  endGauges(): void {
    for (const { scope, counts } of this.#entries.values()) endGauges(scope, counts)
  }
}
