import { noCounts } from '../../stats/counts.ts'
import { BINS, binOf, SUM } from '../../stats/histogram.ts'
import { type InspectorCounts, TIME_BOUNDS_US, VERDICTS } from '../../stats/metrics.ts'
import type { VerdictKind } from '../api/verdict.ts'

/** Where each number stands in a row; the bins of the histogram come last. */
const [CHUNKS, BYTES, FAILURES, TIME_US, FIRST_VERDICT] = [0, 1, 2, 3, 4]
const FIRST_BIN = FIRST_VERDICT + VERDICTS.length
const ROW_LENGTH = FIRST_BIN + BINS.length

/** Makes the shared memory for the counts of that many inspectors. */
export const countMemory = (inspectors: number): SharedArrayBuffer =>
  new SharedArrayBuffer(Math.max(1, inspectors) * ROW_LENGTH * Float64Array.BYTES_PER_ELEMENT)

/**
 * One inspector's counts in one thread. The thread writes them and the main thread reads them when it reports: nothing
 * is sent for them, and they outlive the thread.
 */
export class CountRow {
  readonly #row: Float64Array

  constructor(memory: SharedArrayBuffer, index: number) {
    this.#row = new Float64Array(memory, index * ROW_LENGTH * Float64Array.BYTES_PER_ELEMENT, ROW_LENGTH)
  }

  chunk(bytes: number): void {
    this.#add(CHUNKS, 1)
    this.#add(BYTES, bytes)
  }

  verdict(kind: VerdictKind): void {
    this.#add(FIRST_VERDICT + VERDICTS.indexOf(kind), 1)
  }

  failure(): void {
    this.#add(FAILURES, 1)
  }

  /** A call has taken so long. Most take a few µs: the sum has their fractions. */
  time(us: number): void {
    this.#add(TIME_US, us)
    this.#add(FIRST_BIN + binOf(us), 1)
  }

  read(): InspectorCounts {
    const counts = noCounts('inspector')
    const at = (place: number): number => this.#row[place] ?? 0
    counts.chunks = at(CHUNKS)
    counts.bytes = at(BYTES)
    counts.failures = at(FAILURES)
    for (const [place, kind] of VERDICTS.entries()) counts.verdicts[kind] = at(FIRST_VERDICT + place)
    this.#readTimes(counts)
    return counts
  }

  #readTimes({ timeUs, duration }: InspectorCounts): void {
    const totalUs = this.#row[TIME_US] ?? 0
    if (totalUs > 0) duration[SUM] = Math.round(totalUs)
    for (const [index, bin] of BINS.entries()) {
      const count = this.#row[FIRST_BIN + index] ?? 0
      if (count === 0) continue
      duration[bin] = count
      const bound = boundOf(Number(bin))
      timeUs[bound] = (timeUs[bound] ?? 0) + count
    }
  }

  #add(place: number, amount: number): void {
    this.#row[place] = (this.#row[place] ?? 0) + amount
  }
}

/** The bounds of bins are whole numbers, and the bounds of `timeUs` are some of them. */
const boundOf = (us: number): number | 'more' => TIME_BOUNDS_US.find((bound) => us <= bound) ?? 'more'
