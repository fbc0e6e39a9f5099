import { type ByteSet, only, withBothCases } from './byte-set.ts'
import type { Regex } from './regex.ts'

/** So many states that building takes no noticeable time. */
const MOST_STATES = 50_000

export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

interface Edge {
  readonly bytes: ByteSet
  readonly to: number
}

/** A Thompson automaton over bytes: at each place, it is in a set of states. Several patterns live in one. */
export class Nfa {
  /** Where each byte leads. */
  readonly edges: Edge[][] = []
  /** Where it is as well, without a byte. */
  readonly free: number[][] = []
  /** The patterns that end in a state. */
  readonly ends = new Map<number, number>()
  /** Every place of the stream is a beginning. */
  readonly anywhere: number
  /** The very first place, for `^`. */
  readonly atStart: number
  /** Literals share their beginnings: however many there are, few states are live at a time. */
  readonly literals = new Map<number, Map<number, number>>()

  constructor() {
    this.anywhere = this.add()
    this.atStart = this.add()
    this.free[this.atStart]?.push(this.anywhere)
  }

  add(): number {
    if (this.edges.length >= MOST_STATES)
      throw new TooLarge('the patterns are too large together; use fewer repetitions')
    this.edges.push([])
    this.free.push([])
    return this.edges.length - 1
  }

  join(from: number, to: number): void {
    this.free[from]?.push(to)
  }

  step(from: number, bytes: ByteSet, to: number): void {
    this.edges[from]?.push({ bytes, to })
  }
}

/** Adds bytes to look for. */
export const addLiteral = (nfa: Nfa, bytes: Uint8Array, pattern: number, ignoreCase: boolean): void => {
  let state = nfa.anywhere
  for (const byte of bytes) {
    const known = nfa.literals.get(state) ?? new Map<number, number>()
    nfa.literals.set(state, known)
    const set = ignoreCase ? withBothCases(only(byte)) : only(byte)
    const folded = set.indexOf(1)
    const next = known.get(folded) ?? nfa.add()
    if (!known.has(folded)) nfa.step(state, set, next)
    known.set(folded, next)
    state = next
  }
  if (!nfa.ends.has(state)) nfa.ends.set(state, pattern)
}

/** Adds a regular expression to look for. */
export const addRegex = (nfa: Nfa, regex: Regex, pattern: number): void => {
  const end = nfa.add()
  if (beginsAtStart(regex)) build(nfa, regex, nfa.atStart, end)
  else build(nfa, regex, nfa.anywhere, end)
  nfa.ends.set(end, pattern)
}

/** `^` stands at the beginning of every way through it, or nowhere. */
const beginsAtStart = (regex: Regex): boolean => {
  if (regex.kind === 'start') return true
  if (regex.kind === 'choice') return regex.parts.every(beginsAtStart)
  return regex.kind === 'sequence' && regex.parts[0] !== undefined && beginsAtStart(regex.parts[0])
}

/** Makes ways from one state to another. */
const build = (nfa: Nfa, regex: Regex, from: number, to: number): void => {
  switch (regex.kind) {
    case 'bytes':
      return nfa.step(from, regex.set, to)
    case 'start':
      if (from === nfa.atStart) return nfa.join(from, to)
      throw new TooLarge('"^" can stand only at the beginning of the pattern, in all of its alternatives')
    case 'choice':
      for (const part of regex.parts) build(nfa, part, from, to)
      return
    case 'sequence': {
      let state = from
      for (const [index, part] of regex.parts.entries()) {
        // After `^` it is still the very first place.
        const next = index === regex.parts.length - 1 ? to : part.kind === 'start' ? state : nfa.add()
        build(nfa, part, state, next)
        state = next
      }
      if (regex.parts.length === 0) nfa.join(from, to)
      return
    }
    case 'repeat':
      return repeat(nfa, regex, from, to)
  }
}

const repeat = (nfa: Nfa, { part, least, most }: Regex & { kind: 'repeat' }, from: number, to: number): void => {
  let state = from
  for (let times = 0; times < least; times++) {
    const next = nfa.add()
    build(nfa, part, state, next)
    state = next
  }
  if (most === Number.POSITIVE_INFINITY) {
    // A state of its own: whoever comes by another way must not get into the loop.
    const loop = nfa.add()
    nfa.join(state, loop)
    build(nfa, part, loop, loop)
    nfa.join(loop, to)
    return
  }
  for (let times = least; times < most; times++) {
    nfa.join(state, to)
    const next = nfa.add()
    build(nfa, part, state, next)
    state = next
  }
  nfa.join(state, to)
}
