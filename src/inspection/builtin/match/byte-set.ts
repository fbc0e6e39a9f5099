/** Which of the 256 bytes: 1 or 0 each. */
export type ByteSet = Uint8Array

export const setOf = (test: (byte: number) => boolean): ByteSet =>
  Uint8Array.from({ length: 256 }, (_, byte) => Number(test(byte)))
const matching = (pattern: RegExp): ByteSet => setOf((byte) => pattern.test(String.fromCharCode(byte)))
export const not = (set: ByteSet): ByteSet => set.map((in_) => 1 - in_)

/** `\d` and its like. */
export const CLASSES: Readonly<Record<string, ByteSet>> = {
  d: matching(/[0-9]/),
  w: matching(/\w/),
  s: matching(/[\t-\r ]/),
  D: not(matching(/[0-9]/)),
  W: not(matching(/\w/)),
  S: not(matching(/[\t-\r ]/)),
}
export const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, v: 11, f: 12, 0: 0 }

const SINGLE = Array.from({ length: 256 }, (_, byte) => setOf((other) => other === byte))

/** One set for all who ask: thousands of literals have few different bytes. */
export const only = (byte: number): ByteSet => SINGLE[byte] ?? new Uint8Array(256)

/** Adds the other case of each ASCII letter. */
export const withBothCases = (set: ByteSet): ByteSet =>
  setOf((byte) => {
    const letter = (byte | 32) >= 97 && (byte | 32) <= 122
    return set[byte] === 1 || (letter && set[byte ^ 32] === 1)
  })
