import { BYTES_A_PLACE, type SharedLoads, VACANT } from '../loads.ts'
import { mapShared } from './libc.ts'

/**
 * Whether this worker should leave a new client to another one.
 *
 * The kernel wakes every worker that waits on a shared socket, and the quickest one accepts: that is uneven, and
 * long-lived connections make it last. So a worker that is ahead of the least loaded one lets it go first.
 */
export class Balance {
  readonly #loads: Int32Array
  readonly #place: number
  #left = false

  /** Without shared loads it knows of nobody else, and is never ahead. */
  constructor(shared: SharedLoads | undefined) {
    const memory = shared && mapShared(shared.descriptor, shared.places * BYTES_A_PLACE)
    this.#loads = new Int32Array(memory ?? new ArrayBuffer(BYTES_A_PLACE))
    this.#place = memory && shared ? shared.place : 0
    this.#loads[this.#place] = 0
  }

  opened(): void {
    Atomics.add(this.#loads, this.#place, 1)
  }

  closed(): void {
    if (!this.#left) Atomics.sub(this.#loads, this.#place, 1)
  }

  /** The worker accepts no more: nobody is to wait for it. */
  leave(): void {
    this.#left = true
    Atomics.store(this.#loads, this.#place, VACANT)
  }

  /** By more than a sixteenth, and more than one: for less, leaving costs more than it gains. */
  get isAhead(): boolean {
    const mine = Atomics.load(this.#loads, this.#place)
    const tolerated = mine - (mine >> 4) - 1
    for (let place = 0; place < this.#loads.length; place++) {
      const load = Atomics.load(this.#loads, place)
      if (load !== VACANT && load < tolerated) return true
    }
    return false
  }
}
