import { createHash, timingSafeEqual } from 'node:crypto'

/** Visible ASCII in one word: what fits after `Bearer` in a header (RFC 9110, 5.5), and more than RFC 6750 asks for. */
export const isTokenText = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)

/**
 * What a request to the admin must have. Only a digest is kept, and only this object has that: a private field is shown by
 * neither JSON nor `console.log`, and is left out of messages to other processes.
 */
export class AdminToken {
  readonly #digest: Buffer

  constructor(text: string) {
    this.#digest = digestOf(text)
  }

  /** Takes as long for a text that is nearly right as for any other of its length. */
  matches(text: string): boolean {
    return timingSafeEqual(digestOf(text), this.#digest)
  }
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()
