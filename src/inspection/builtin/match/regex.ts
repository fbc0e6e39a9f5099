/**
 * The regular expressions of `match`: over bytes, and only what an automaton without memory can do, so that no pattern
 * and no input can make it slow. What needs more is refused: back references, look-around, `\b`, `$`.
 */

import { type ByteSet, CLASSES, CONTROLS, not, only, setOf, withBothCases } from './byte-set.ts'

export type Regex =
  | { readonly kind: 'bytes'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Regex[] }
  | { readonly kind: 'choice'; readonly parts: readonly Regex[] }
  | { readonly kind: 'repeat'; readonly part: Regex; readonly least: number; readonly most: number }
  /** The beginning of what a side sends. */
  | { readonly kind: 'start' }

export class WrongRegex extends Error {
  override readonly name = 'WrongRegex'
}

const MOST_REPEATS = 255
const DEEPEST = 100

export const parseRegex = (source: string, ignoreCase: boolean): Regex => new Parser(source, ignoreCase).parse()

class Parser {
  readonly #source: string
  readonly #ignoreCase: boolean
  #at = 0
  #depth = 0

  constructor(source: string, ignoreCase: boolean) {
    this.#source = source
    this.#ignoreCase = ignoreCase
  }

  parse(): Regex {
    const regex = this.#choice()
    if (this.#at < this.#source.length) throw this.#wrong('there is a ")" too many')
    return regex
  }

  #choice(): Regex {
    this.#depth += 1
    if (this.#depth > DEEPEST) throw this.#wrong(`it has more than ${DEEPEST} groups in each other`)
    const parts = [this.#sequence()]
    while (this.#take('|')) parts.push(this.#sequence())
    this.#depth -= 1
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'choice', parts }
  }

  #sequence(): Regex {
    const parts: Regex[] = []
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) parts.push(this.#repeated())
    return { kind: 'sequence', parts }
  }

  #repeated(): Regex {
    let part = this.#atom()
    for (;;) {
      const times = this.#quantifier()
      if (times === undefined) return part
      if (part.kind === 'start') throw this.#wrong('"^" cannot be repeated')
      part = { kind: 'repeat', part, ...times }
      // Whether the shortest or the longest is meant is the same for whoever asks only whether there is one.
      this.#take('?')
    }
  }

  #quantifier(): { least: number; most: number } | undefined {
    if (this.#take('*')) return { least: 0, most: Number.POSITIVE_INFINITY }
    if (this.#take('+')) return { least: 1, most: Number.POSITIVE_INFINITY }
    if (this.#take('?')) return { least: 0, most: 1 }
    const [whole, leastText, comma, mostText] = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.#source.slice(this.#at)) ?? []
    if (whole === undefined) return undefined
    this.#at += whole.length
    const least = Number(leastText)
    const most = comma === undefined ? least : mostText ? Number(mostText) : Number.POSITIVE_INFINITY
    if (most < least) throw this.#wrong(`${whole} has its numbers the wrong way round`)
    if (least > MOST_REPEATS || (most > MOST_REPEATS && most !== Number.POSITIVE_INFINITY)) {
      throw this.#wrong(`${whole} repeats more than ${MOST_REPEATS} times`)
    }
    return { least, most }
  }

  #atom(): Regex {
    const character = this.#next()
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        return this.#bytes(this.#class())
      case '.':
        return this.#bytes(setOf((byte) => byte !== 10 && byte !== 13))
      case '^':
        return { kind: 'start' }
      case '$':
        throw this.#wrong('"$" is not supported: a stream has no end before it is over')
      case '*':
      case '+':
      case '?':
        throw this.#wrong(`there is nothing before "${character}" to repeat`)
      case '\\':
        return this.#bytes(this.#escape())
    }
    return this.#text(character)
  }

  #group(): Regex {
    if (this.#take('?') && !this.#take(':'))
      throw this.#wrong('only (…) and (?:…) are supported, no look-around and no names')
    const inner = this.#choice()
    if (!this.#take(')')) throw this.#wrong('there is a ")" missing')
    return inner
  }

  /** A character beyond ASCII is several bytes. */
  #text(character: string): Regex {
    const parts = [...Buffer.from(character)].map((byte) => this.#bytes(only(byte)))
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'sequence', parts }
  }

  #escape(): ByteSet {
    const character = this.#next()
    const known = CLASSES[character]
    if (known) return known
    const byte = this.#escapedByte(character)
    return only(byte)
  }

  #escapedByte(character: string): number {
    const control = CONTROLS[character]
    if (control !== undefined) return control
    if (character === 'x') {
      const [digits] = /^[0-9a-f]{2}/i.exec(this.#source.slice(this.#at)) ?? []
      if (digits === undefined) throw this.#wrong('\\x needs two hex digits')
      this.#at += 2
      return Number.parseInt(digits, 16)
    }
    if (/[A-Za-z0-9]/.test(character) || character > '\x7f') throw this.#wrong(`"\\${character}" is not supported`)
    return character.charCodeAt(0)
  }

  #class(): ByteSet {
    const negated = this.#take('^')
    const set = new Uint8Array(256)
    for (let first = true; first || !this.#take(']'); first = false) {
      if (first && this.#take(']')) throw this.#wrong('"[]" matches nothing')
      const low = this.#classMember()
      if (typeof low !== 'number') {
        for (const [byte, in_] of low.entries()) if (in_) set[byte] = 1
        continue
      }
      const range = this.#peek() === '-' && this.#source[this.#at + 1] !== ']'
      if (range) this.#at += 1
      const high = range ? this.#classMember() : low
      if (typeof high !== 'number' || high < low)
        throw this.#wrong('a range in [ ] goes from a lower byte to a higher one')
      set.fill(1, low, high + 1)
    }
    // The cases first: "not a" with both cases is neither "a" nor "A".
    const cased = this.#ignoreCase ? withBothCases(set) : set
    return negated ? not(cased) : cased
  }

  #classMember(): number | ByteSet {
    const character = this.#next()
    if (character > '\x7f') throw this.#wrong('[ ] takes ASCII and \\xHH only')
    if (character !== '\\') return character.charCodeAt(0)
    const escaped = this.#next()
    return CLASSES[escaped] ?? this.#escapedByte(escaped)
  }

  /** Of a class, the cases were added before it was negated; of `\d` and its like there is nothing to add. */
  #bytes(set: ByteSet): Regex {
    const isByte = set.indexOf(1) === set.lastIndexOf(1)
    return { kind: 'bytes', set: this.#ignoreCase && isByte ? withBothCases(set) : set }
  }

  #peek(): string {
    return this.#source[this.#at] ?? ''
  }

  #next(): string {
    const code = this.#source.codePointAt(this.#at)
    if (code === undefined) throw this.#wrong('it ends too early')
    const character = String.fromCodePoint(code)
    this.#at += character.length
    return character
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at += 1
    return true
  }

  #wrong(what: string): WrongRegex {
    return new WrongRegex(`${what} (at character ${this.#at})`)
  }
}
