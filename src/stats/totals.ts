/** Counts by name, as totals since the start: of one worker, or summed over all. */
import { addCounts, type NonZeroCounts, neverFell, noCounts, nonZero } from './counts.ts'
import { type Counts, METRICS, type Scope } from './metrics.ts'

/** What counts are of; `names` are the values of its scope's `LABELS`. */
export interface Counted<Of extends Scope = Scope> {
  readonly scope: Of
  readonly names: readonly string[]
}

/** The counts of one listener, upstream, server, inspector or worker. */
export interface Entry<Of extends Scope = Scope> extends Counted<Of> {
  readonly counts: Counts<Of>
}

/** An entry as a worker reports it. */
export interface ReportedEntry<Of extends Scope = Scope> extends Counted<Of> {
  readonly counts: NonZeroCounts<Of>
}

/** What is in labels is shared with the entry, not copied. */
export const asReported = ({ scope, names, counts }: Entry): ReportedEntry => ({
  scope,
  names,
  counts: nonZero(counts),
})

type EntriesByName<Of extends Scope> = Map<string, Entry<Of>>

const keyOf = (names: readonly string[]): string => names.join('\n')

export class Totals {
  readonly #scopes = Object.fromEntries(Object.keys(METRICS).map((scope) => [scope, new Map()])) as {
    readonly [Of in Scope]: EntriesByName<Of>
  }

  /** The entry of that name; created with zeros. */
  entry<Of extends Scope>(scope: Of, ...names: readonly string[]): Entry<Of> {
    const entries = this.#of(scope)
    const key = keyOf(names)
    const found = entries.get(key)
    if (found) return found
    const made = { scope, names, counts: noCounts(scope) }
    entries.set(key, made)
    return made
  }

  /** The counts of that name, to be incremented; created as zeros. */
  counts<Of extends Scope>(scope: Of, ...names: readonly string[]): Counts<Of> {
    return this.entry(scope, ...names).counts
  }

  /** The counts of that name, or zeros. */
  of<Of extends Scope>(scope: Of, ...names: readonly string[]): Readonly<Counts<Of>> {
    return this.#of(scope).get(keyOf(names))?.counts ?? noCounts(scope)
  }

  get<Of extends Scope>({ scope, names }: Counted<Of>): Entry<Of> | undefined {
    return this.#of(scope).get(keyOf(names))
  }

  /** The entries of a scope whose first names are those given. */
  entries<Of extends Scope>(scope: Of, ...below: readonly string[]): Entry<Of>[] {
    const all = [...this.#of(scope).values()]
    return below.length === 0 ? all : all.filter(({ names }) => below.every((name, at) => names[at] === name))
  }

  all(): Entry[] {
    return Object.values(this.#scopes).flatMap((entries): Entry[] => [...entries.values()])
  }

  /** Takes in newer totals of the same name. Returns false, and changes nothing, if a counter would fall. */
  update<Of extends Scope>({ scope, names, counts }: ReportedEntry<Of>): boolean {
    const entries = this.#of(scope)
    const key = keyOf(names)
    const before = entries.get(key)
    if (before && !neverFell(scope, before.counts, counts)) return false
    const after = { scope, names, counts: noCounts(scope) }
    addCounts(scope, after.counts, counts)
    entries.set(key, after)
    return true
  }

  add(entries: readonly Entry[]): void {
    for (const { scope, names, counts } of entries) addCounts(scope, this.counts(scope, ...names), counts)
  }

  delete({ scope, names }: Counted): void {
    this.#of(scope).delete(keyOf(names))
  }

  #of<Of extends Scope>(scope: Of): EntriesByName<Of> {
    return this.#scopes[scope] as EntriesByName<Of>
  }
}
