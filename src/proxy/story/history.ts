import type { Outcome } from '../outcome.ts'
import type { ConnectionRecord, EndRecord } from '../record.ts'
import { ConnectionFacts } from './facts.ts'

/** The last connections of a worker that are kept, and those of each outcome but `completed`. */
const RECENT = 1_000
const OF_EACH_OUTCOME = 100

/** Connections that have ended. Its memory is bounded, and noting one more allocates nothing once it is full. */
export class History {
  readonly #recent = new Ring(RECENT)
  readonly #byOutcome = new Map<Outcome, Ring>()

  add(record: ConnectionRecord, end: EndRecord): void {
    this.#recent.next().take(record, end)
    if (end.outcome === 'completed') return
    let ring = this.#byOutcome.get(end.outcome)
    if (ring === undefined) {
      ring = new Ring(OF_EACH_OUTCOME)
      this.#byOutcome.set(end.outcome, ring)
    }
    ring.next().take(record, end)
  }

  find(has: (facts: ConnectionFacts) => boolean): ConnectionFacts | undefined {
    for (const ring of [this.#recent, ...this.#byOutcome.values()]) {
      const found = ring.find(has)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The last connection of each outcome that there was. */
  lastOfEach(): ConnectionFacts[] {
    const isCompleted = ({ end }: ConnectionFacts): boolean => end?.outcome === 'completed'
    const all = [this.#recent.find(isCompleted), ...[...this.#byOutcome.values()].map((ring) => ring.find(() => true))]
    return all.filter((facts) => facts !== undefined)
  }
}

/** The last `size` facts. Each is used again for the one that comes `size` later. */
class Ring {
  readonly #size: number
  readonly #slots: ConnectionFacts[] = []
  #next = 0

  constructor(size: number) {
    this.#size = size
  }

  /** The oldest, to be taken for the newest. */
  next(): ConnectionFacts {
    const slot = this.#slots[this.#next] ?? new ConnectionFacts()
    this.#slots[this.#next] = slot
    this.#next = (this.#next + 1) % this.#size
    return slot
  }

  /** The newest for which this holds. */
  find(holds: (facts: ConnectionFacts) => boolean): ConnectionFacts | undefined {
    const { length } = this.#slots
    for (let back = 1; back <= length; back++) {
      const facts = this.#slots[(this.#next - back + length) % length]
      if (facts && holds(facts)) return facts
    }
    return undefined
  }
}
