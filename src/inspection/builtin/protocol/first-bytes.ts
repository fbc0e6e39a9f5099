import { type Finding, more, type Recognizer } from './finding.ts'

/** A ClientHello of 64 KiB in as many records as it may have. Nothing that is recognized takes more. */
const MOST_BYTES = 68 * 1024
const FIRST_BUFFER = 1024

/** The beginning of what one side sends, as far as it is needed to tell what it is. */
export class FirstBytes {
  finding: Finding = more(1)
  readonly #recognize: Recognizer
  #buffer = Buffer.alloc(0)
  #length = 0

  constructor(recognize: Recognizer) {
    this.#recognize = recognize
  }

  get hasBytes(): boolean {
    return this.#length > 0
  }

  add(bytes: Uint8Array): Finding {
    if (this.finding.is !== 'more') return this.finding
    this.#append(bytes.subarray(0, MOST_BYTES - this.#length))
    if (this.#length >= this.finding.atLeast) this.finding = this.#recognize(this.#buffer.subarray(0, this.#length))
    if (this.finding.is === 'more' && this.#length === MOST_BYTES) this.finding = { is: 'no' }
    if (this.finding.is !== 'more') this.#buffer = Buffer.alloc(0)
    return this.finding
  }

  /** Grows with what came, never with what a length field announces; and doubles, so that single bytes cost little. */
  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(FIRST_BUFFER, 2 ** Math.ceil(Math.log2(length))))
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#buffer = larger
    }
    this.#buffer.set(bytes, this.#length)
    this.#length = length
  }
}
