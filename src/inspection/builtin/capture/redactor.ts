const MARK = 'x'.charCodeAt(0)

/**
 * Overwrites secrets with `x` in a stream, also where they are cut in two. What could be the beginning of one is held
 * back until the next bytes show whether it is.
 */
export class Redactor {
  readonly #secrets: readonly Uint8Array[]
  readonly #longest: number
  #held: Buffer = Buffer.alloc(0)

  constructor(secrets: readonly Uint8Array[]) {
    this.#secrets = secrets
    this.#longest = Math.max(1, ...secrets.map(({ length }) => length))
  }

  /** The bytes that are sure now. */
  add(bytes: Uint8Array): Buffer {
    const known = Buffer.concat([this.#held, bytes])
    for (const secret of this.#secrets) {
      for (let at = known.indexOf(secret); at >= 0; at = known.indexOf(secret, at + 1)) {
        known.fill(MARK, at, at + secret.length)
      }
    }
    const sure = Math.max(0, known.length - (this.#longest - 1))
    this.#held = known.subarray(sure)
    return known.subarray(0, sure)
  }

  /** What is left at the end of the stream. */
  rest(): Buffer {
    const rest = this.#held
    this.#held = Buffer.alloc(0)
    return rest
  }
}
