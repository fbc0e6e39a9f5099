import { noCounts } from '../../stats/counts.ts'
import { type InspectorCounts, TIME_BOUNDS_US, VERDICTS } from '../../stats/metrics.ts'
import type { VerdictKind } from '../api/verdict.ts'

/** Where each number stands in a row; the times come last. */
const [CHUNKS, BYTES, FAILURES, FIRST_VERDICT] = [0, 1, 2, 3]
const FIRST_TIME = FIRST_VERDICT + VERDICTS.length
const ROW_LENGTH = FIRST_TIME + TIME_BOUNDS_US.length + 1

/** Shared memory for the counts of so many inspectors. */
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

  time(us: number): void {
    let place = 0
    while (place < TIME_BOUNDS_US.length && us > (TIME_BOUNDS_US[place] ?? 0)) place += 1
    this.#add(FIRST_TIME + place, 1)
  }

  read(): InspectorCounts {
    const counts = noCounts('inspector')
    const at = (place: number): number => this.#row[place] ?? 0
    counts.chunks = at(CHUNKS)
    counts.bytes = at(BYTES)
    counts.failures = at(FAILURES)
    for (const [place, kind] of VERDICTS.entries()) counts.verdicts[kind] = at(FIRST_VERDICT + place)
    for (const [place, bound] of [...TIME_BOUNDS_US, 'more'].entries()) counts.timeUs[bound] = at(FIRST_TIME + place)
    return counts
  }

  #add(place: number, amount: number): void {
    this.#row[place] = (this.#row[place] ?? 0) + amount
  }
}
