import { nowMs } from '../../clock.ts'
import { type SharedMemory, VACANT } from '../../serving/shared-memory.ts'

/** How far back `isAhead` looks for clients that came a moment ago. */
const LATELY_MS = 100

/**
 * Whether this worker should leave a new client to another one.
 *
 * The kernel wakes every worker that waits on a shared socket, and the quickest one accepts: that is uneven, and
 * long-lived connections make it last. So a worker that is ahead of the least loaded one lets it go first.
 */
export class Balance {
  readonly #loads: Int32Array
  readonly #place: number
  #living = 0
  /** The sockets that this worker accepts on. */
  #sockets = 0
  /** Clients in the current stretch of LATELY_MS, and in the one before. */
  #arrived = 0
  #arrivedBefore = 0
  #stretchMs = nowMs()

  /** Without shared memory it knows of nobody else, and is never ahead. */
  constructor(memory: SharedMemory | undefined) {
    this.#loads = memory?.loads ?? new Int32Array(1)
    this.#place = memory?.place ?? 0
  }

  /** It accepts on one more socket. */
  begin(): void {
    this.#sockets += 1
    this.#publish()
  }

  /** It accepts on one socket less: without any, others need not leave clients to it. */
  leave(): void {
    this.#sockets -= 1
    this.#publish()
  }

  opened(): void {
    this.#arrived += 1
    this.#living += 1
    this.#publish()
  }

  /** One more that another process had accepted. */
  adopted(): void {
    this.#living += 1
    this.#publish()
  }

  closed(): void {
    this.#living -= 1
    this.#publish()
  }

  /** No other worker writes to its place. */
  #publish(): void {
    Atomics.store(this.#loads, this.#place, this.#sockets > 0 ? this.#living : VACANT)
  }

  /**
   * Whether it is ahead by more than a sixteenth: below that, leaving a client costs more than it gains. Where clients come
   * and go by the thousand it is chance who is ahead, so the margin grows with them (measured: otherwise an eighth of the
   * work of each short connection).
   */
  get isAhead(): boolean {
    const mine = Atomics.load(this.#loads, this.#place)
    const tolerated = mine - (mine >> 4) - (this.#arrivedLately() >> 5)
    for (let place = 0; place < this.#loads.length; place++) {
      const load = Atomics.load(this.#loads, place)
      if (load !== VACANT && load < tolerated) return true
    }
    return false
  }

  #arrivedLately(): number {
    const now = nowMs()
    const stretches = (now - this.#stretchMs) / LATELY_MS
    if (stretches >= 1) {
      this.#arrivedBefore = stretches < 2 ? this.#arrived : 0
      this.#arrived = 0
      this.#stretchMs = now
    }
    return Math.max(this.#arrived, this.#arrivedBefore)
  }
}
