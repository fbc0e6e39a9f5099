/** At a worker's place stands twice what it has taken, and this beside it while it wishes for one more. */
const WISH = 1
const TAKEN = 2

/**
 * How often a worker looks again while the wishes of others are in its way. They last for less than a microsecond, but
 * the system may stop a worker in the midst of one.
 */
const MOST_LOOKS = 1_000

/**
 * What all workers have taken of one limit. It is never exceeded, and a worker can be killed at any instruction: the
 * only number that it has written is its own, which the primary clears.
 *
 * A worker that wants one more announces its wish and then adds up what all have taken and what others wish for. Of two
 * that do so at the same time, at least the later one sees the wish of the other (Atomics are sequentially consistent):
 * so both cannot take the last one. Where only wishes are in the way, the lowest place goes first and the others withdraw
 * theirs.
 */
export class SharedCount {
  /** A number per place. */
  readonly #row: Int32Array
  readonly #place: number

  constructor(row: Int32Array, place: number) {
    this.#row = row
    this.#place = place
  }

  /** Takes one more, unless all workers together have taken `limit`. */
  take(limit: number): boolean {
    const row = this.#row
    const place = this.#place
    const mine = Atomics.load(row, place)
    let wishing = true
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      if (wishing) Atomics.store(row, place, mine + WISH)
      let taken = 0
      let wishesBefore = 0
      let wishesAfter = 0
      for (let other = 0; other < row.length; other++) {
        const number = Atomics.load(row, other)
        taken += number >> 1
        if (other < place) wishesBefore += number & WISH
        else if (other > place) wishesAfter += number & WISH
      }
      if (taken >= limit) break
      if (wishing && taken + wishesBefore + wishesAfter < limit) {
        // Wish and count change in one step: whoever adds up meanwhile sees one of them.
        Atomics.store(row, place, mine + TAKEN)
        return true
      }
      if (wishing && wishesBefore > 0) Atomics.store(row, place, mine)
      wishing = wishesBefore === 0
    }
    Atomics.store(row, place, mine)
    return false
  }

  /** What all workers have taken, about now. */
  get taken(): number {
    let taken = 0
    for (const number of this.#row) taken += number >> 1
    return taken
  }

  giveBack(): void {
    Atomics.sub(this.#row, this.#place, TAKEN)
  }

  /** Counts what lives already, also beyond the limit; less than none is taken back. */
  add(count: number): void {
    Atomics.add(this.#row, this.#place, TAKEN * count)
  }
}
