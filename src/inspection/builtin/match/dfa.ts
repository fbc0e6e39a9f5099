import type { Nfa } from './nfa.ts'

/** States that are kept. More are made when input asks for them, and then all are forgotten: memory stays bounded. */
const MOST_STATES = 4096

/** A set of the automaton's states: what has been seen of the patterns so far. A stream keeps one between its chunks. */
export interface Seen {
  readonly states: Int32Array
  /** The pattern that ends here, -1 if none does. */
  readonly pattern: number
  readonly next: (Seen | undefined)[]
  readonly age: number
}

/**
 * Runs all patterns over a stream at once, a byte after the other, and never goes back: each byte costs one look into a
 * table that is filled as the input needs it, or at worst one pass over the automaton's states. So the time is linear
 * in the bytes, whatever they and the patterns are.
 */
export class Dfa {
  readonly #nfa: Nfa
  /** Bytes that no pattern tells apart share a column of the table. */
  readonly #columns: Uint8Array
  readonly #columnBytes: readonly number[]
  #known = new Map<string, Seen>()
  #age = 0

  constructor(nfa: Nfa) {
    this.#nfa = nfa
    const { columns, columnBytes } = columnsOf(nfa)
    this.#columns = columns
    this.#columnBytes = columnBytes
  }

  /** Where a stream begins. */
  start(): Seen {
    return this.#seen(this.#closure([this.#nfa.atStart]))
  }

  /** Reads on. Stops at the first end of a pattern: then the answer's `pattern` is not -1. */
  read(from: Seen, bytes: Uint8Array): Seen {
    // Those that were forgotten must not keep each other alive.
    let seen = from.age === this.#age ? from : this.#seen(from.states)
    const columns = this.#columns
    for (let index = 0; index < bytes.length; index++) {
      const column = columns[bytes[index] as number] as number
      seen = seen.next[column] ?? this.#step(seen, column)
      if (seen.pattern >= 0) return seen
    }
    return seen
  }

  #step(from: Seen, column: number): Seen {
    const byte = this.#columnBytes[column] ?? 0
    const reached = [this.#nfa.anywhere]
    for (const state of from.states) {
      for (const { bytes, to } of this.#nfa.edges[state] ?? []) if (bytes[byte] === 1) reached.push(to)
    }
    const next = this.#seen(this.#closure(reached))
    if (from.age === next.age) from.next[column] = next
    return next
  }

  #seen(states: Int32Array): Seen {
    const key = states.join()
    const known = this.#known.get(key)
    if (known) return known
    if (this.#known.size >= MOST_STATES) {
      this.#known = new Map()
      this.#age += 1
    }
    const pattern = states.reduce((least, state) => {
      const ends = this.#nfa.ends.get(state)
      return ends === undefined || (least >= 0 && least < ends) ? least : ends
    }, -1)
    const made: Seen = { states, pattern, next: new Array(this.#columnBytes.length), age: this.#age }
    this.#known.set(key, made)
    return made
  }

  /** The states and all that they lead to without a byte, in order. */
  #closure(from: readonly number[]): Int32Array {
    const found = new Set(from)
    for (const state of found) for (const next of this.#nfa.free[state] ?? []) found.add(next)
    return Int32Array.from(found).sort()
  }
}

const columnsOf = (nfa: Nfa): { columns: Uint8Array; columnBytes: number[] } => {
  const columns = new Uint8Array(256)
  let count = 1
  // Splits the columns by each set of bytes that some edge asks for.
  for (const set of new Set(nfa.edges.flat().map(({ bytes }) => bytes))) {
    const split = new Map<number, number>()
    for (let byte = 0; byte < 256 && count < 256; byte++) {
      const key = (columns[byte] ?? 0) * 2 + (set[byte] ?? 0)
      const sibling = split.get(key ^ 1)
      const column = split.get(key) ?? (sibling === undefined ? (columns[byte] ?? 0) : count++)
      split.set(key, column)
      columns[byte] = column
    }
  }
  const columnBytes = Array.from({ length: count }, (_, column) => columns.indexOf(column))
  return { columns, columnBytes }
}
