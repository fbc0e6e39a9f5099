import { addCounts, noCounts, nonZero } from '../../stats/counts.ts'
import { asReported, type Counted, type ReportedEntry, type Totals } from '../../stats/totals.ts'
import { FORGOTTEN, type KnownNames, PREDECESSOR, type TotalsByWorker } from '../workers/totals-by-worker.ts'

/** A message holds less than 190 KiB; an entry with its histograms has a few. */
const MOST_CHARACTERS = 150_000

/** The totals in parts that each fit into a message. */
export const inParts = (totals: Totals): ReportedEntry[][] => {
  const parts: ReportedEntry[][] = [[]]
  let size = 0
  for (const entry of totals.all().map(asReported)) {
    const length = JSON.stringify(entry).length + 1
    if (size + length > MOST_CHARACTERS) {
      parts.push([])
      size = 0
    }
    size += length
    parts.at(-1)?.push(entry)
  }
  return parts
}

/**
 * Counts what the copyloop has counted from which this one has taken over, as if it were one of our workers: no counter falls
 * when one program follows the other.
 */
export class PredecessorTotals {
  readonly #totals: TotalsByWorker
  readonly #names: KnownNames
  /** The listeners that are not served here: their sum is. Once one is here it stays, whatever comes to be known. */
  readonly #gone = new Map<string, ReportedEntry<'listener'>>()

  constructor(totals: TotalsByWorker, names: KnownNames) {
    this.#totals = totals
    this.#names = names
    totals.began(PREDECESSOR)
  }

  take(entries: readonly ReportedEntry[]): void {
    const known: ReportedEntry[] = []
    for (const entry of entries) {
      if (isOfListener(entry) && this.#isGone(entry)) this.#gone.set(entry.names[0] ?? '', entry)
      else if (this.#isKnown(entry)) known.push(entry)
    }
    this.#totals.report(PREDECESSOR, [...known, ...this.#sumOfGone()])
  }

  /** What still lived when it ended counts as `internalError`. */
  ended(): void {
    this.#totals.ended(PREDECESSOR)
  }

  #isGone(entry: ReportedEntry<'listener'>): boolean {
    return this.#gone.has(entry.names[0] ?? '') || !this.#names.has(entry)
  }

  /** Servers and inspectors go with what they belong to. */
  #isKnown({ scope, names: [name = ''] }: Counted): boolean {
    if (scope === 'worker') return true
    const isOfUpstream = scope === 'upstream' || scope === 'server'
    return this.#names.has({ scope: isOfUpstream ? 'upstream' : 'listener', names: [name] })
  }

  #sumOfGone(): ReportedEntry[] {
    if (this.#gone.size === 0) return []
    const sum = noCounts('listener')
    for (const { counts } of this.#gone.values()) addCounts('listener', sum, counts)
    return [{ scope: 'listener', names: [FORGOTTEN], counts: nonZero(sum) }]
  }
}

const isOfListener = (entry: ReportedEntry): entry is ReportedEntry<'listener'> => entry.scope === 'listener'
