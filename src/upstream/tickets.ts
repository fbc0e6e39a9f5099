/** The ticket of a worker in which no client waits. */
export const NOBODY = 0

/** Tickets are times in µs, as numbers of 31 bits: two of them can be compared if they are less than 17 minutes apart. */
const RANGE = 2 ** 31

/** The ticket of a client that comes now. @param nowUs `monotonicUs()` */
export const ticketAt = (nowUs: number): number => nowUs % RANGE || 1

/** The tickets of the clients that have waited longest in each worker, by place. Each worker writes only its own. */
export class Tickets {
  readonly #row: Int32Array
  readonly #place: number
  /** Tickets of workers that are passed over, by place. */
  readonly #passedOver: Int32Array

  constructor(row: Int32Array, place: number) {
    this.#row = row
    this.#place = place
    this.#passedOver = new Int32Array(row.length)
  }

  /** Shows the others the oldest ticket of this worker, or NOBODY. */
  show(ticket: number): void {
    Atomics.store(this.#row, this.#place, ticket)
  }

  get isAnyShown(): boolean {
    for (let place = 0; place < this.#row.length; place++) if (this.#shownAt(place) !== NOBODY) return true
    return false
  }

  /** The oldest ticket of another worker that is older than this one, or NOBODY. */
  oldestBefore(ticket: number): number {
    let oldest = ticket
    for (let place = 0; place < this.#row.length; place++) {
      const shown = this.#shownAt(place)
      if (place !== this.#place && shown !== NOBODY && isOlder(shown, oldest)) oldest = shown
    }
    return oldest === ticket ? NOBODY : oldest
  }

  /** Pays no attention to this ticket any more, until its worker shows another one. */
  passOver(ticket: number): void {
    for (let place = 0; place < this.#row.length; place++) {
      if (Atomics.load(this.#row, place) === ticket) this.#passedOver[place] = ticket
    }
  }

  #shownAt(place: number): number {
    const ticket = Atomics.load(this.#row, place)
    return ticket === this.#passedOver[place] ? NOBODY : ticket
  }
}

/** In their circle of 31 bits. */
const isOlder = (one: number, other: number): boolean => (one - other) << 1 < 0
