import { randomFillSync } from 'node:crypto'
import { ClientLayout, SETS, WAYS } from '../../serving/clients/client-layout.ts'
import { isLockedBy } from '../../serving/clients/client-table.ts'
import type { SharedFile } from '../../system/shared-file.ts'

/** So many sets are read at a time: less than 1 MiB with 64 workers. */
const SETS_PER_READ = 128

/** The table of clients in the memory that workers share. It has no memory before a listener needs it. */
export class SharedClients {
  readonly #file: SharedFile
  readonly #begin: number
  readonly #layout: ClientLayout
  #isReserved = false

  /** @param begin the index of its first number */
  constructor(file: SharedFile, begin: number, places: number) {
    this.#file = file
    this.#begin = begin
    this.#layout = new ClientLayout(places)
  }

  /** Makes the table, once. @throws the system's error if there is no room for it */
  reserve(): void {
    if (this.#isReserved) return
    this.#file.reserve(this.#begin, this.#layout.length)
    for (const [index, number] of randomFillSync(new Int32Array(2)).entries())
      this.#file.write(this.#begin + index, number)
    this.#isReserved = true
  }

  /** The worker of this place is dead: what it counted is free, and so are the sets that it had locked. */
  vacate(place: number): void {
    if (!this.#isReserved) return
    for (let set = 0; set < SETS; set += SETS_PER_READ) this.#vacateSets(set, place)
  }

  /** A worker's own numbers and locks are written by nobody else, so they do not change after it was read. */
  #vacateSets(first: number, place: number): void {
    const layout = this.#layout
    const from = layout.lockOf(first)
    const numbers = this.#file.read(this.#begin + from, layout.lockOf(first + SETS_PER_READ) - from)
    const clear = (index: number) => this.#file.write(this.#begin + index, 0)
    for (let set = first; set < first + SETS_PER_READ; set++) {
      for (let way = 0; way < WAYS; way++) {
        const count = layout.countsOf(set, way) + place
        if (numbers[count - from] !== 0) clear(count)
      }
      const lock = layout.lockOf(set)
      if (isLockedBy(numbers[lock - from] ?? 0, place)) clear(lock)
    }
  }
}
