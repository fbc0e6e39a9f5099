/** The ticket of a worker in which no client waits. */
export const NOBODY = 0

/** How long a worker may leave a place unused when it is its turn, before others pass it over: it may be stopped. */
export const PATIENCE_MS = 50

/**
 * Tickets are times in µs, as numbers of 31 bits: two of them can be compared if they are less than 17 minutes apart. A
 * client that dials for minutes between two waits may lose its turn.
 */
const RANGE = 2 ** 31
/** This bit is no part of the time: a worker that was passed over changes it to be seen again. */
const AGAIN = 1

/** The ticket of a client that comes now. @param nowUs `monotonicUs()` */
export const ticketAt = (nowUs: number): number => (nowUs % RANGE) & ~AGAIN || 2 * AGAIN

/** In their circle of 31 bits. */
export const isOlder = (one: number, other: number): boolean => (one - other) << 1 < 0

/**
 * The tickets of the clients that have waited longest for a server: of each worker one, by place. Each worker writes only
 * its own.
 */
export class Tickets {
  readonly #row: Int32Array
  readonly #place: number
  /** Tickets of workers that are passed over, by place. */
  readonly #passedOver: Int32Array
  #shown = NOBODY
  #again = 0
  /** The ticket of another worker that does not use the room that there is, and since when. */
  #idle = NOBODY
  #idleSinceMs = 0

  constructor(row: Int32Array, place: number) {
    this.#row = row
    this.#place = place
    this.#passedOver = new Int32Array(row.length)
  }

  /** Shows the others the oldest ticket of this worker, or NOBODY. */
  show(ticket: number): void {
    if (ticket === this.#shown) return
    this.#shown = ticket
    if (ticket === NOBODY) this.#idle = NOBODY
    Atomics.store(this.#row, this.#place, ticket === NOBODY ? NOBODY : ticket | this.#again)
  }

  /** This worker stood still: whoever has passed it over pays attention to it again. */
  showAgain(): void {
    this.#again ^= AGAIN
    if (this.#shown !== NOBODY) Atomics.store(this.#row, this.#place, this.#shown | this.#again)
  }

  /** Whether nobody has an older ticket, in any worker. @param ticket NOBODY for one that is younger than all */
  isTurnOf(ticket: number): boolean {
    return this.#oldestBefore(ticket) === NOBODY
  }

  /**
   * Looks whether the client that has waited longest in this worker may have a place now. Another worker that leaves it
   * unused when it is its turn is passed over.
   *
   * @param hasRoom whether the server has one
   * @param nowMs `nowMs()`
   */
  look(hasRoom: boolean, nowMs: number): boolean {
    const older = hasRoom && this.#shown !== NOBODY ? this.#oldestBefore(this.#shown) : NOBODY
    if (older === NOBODY || older !== this.#idle) this.#idleSinceMs = nowMs
    else if (nowMs - this.#idleSinceMs > PATIENCE_MS) this.#passOver(older)
    this.#idle = older
    return hasRoom && this.#shown !== NOBODY && older === NOBODY
  }

  /** The oldest ticket that is older than this one, or NOBODY. */
  #oldestBefore(ticket: number): number {
    let oldest = ticket
    for (let place = 0; place < this.#row.length; place++) {
      const shown = this.#shownAt(place)
      if (shown !== NOBODY && (oldest === NOBODY || isOlder(shown, oldest))) oldest = shown
    }
    return oldest === ticket ? NOBODY : oldest
  }

  /** Pays no attention to this ticket any more, until its worker shows another one. */
  #passOver(ticket: number): void {
    for (let place = 0; place < this.#row.length; place++) {
      const shown = Atomics.load(this.#row, place)
      if ((shown & ~AGAIN) === ticket) this.#passedOver[place] = shown
    }
  }

  #shownAt(place: number): number {
    const shown = Atomics.load(this.#row, place)
    return shown === this.#passedOver[place] ? NOBODY : shown & ~AGAIN
  }
}
