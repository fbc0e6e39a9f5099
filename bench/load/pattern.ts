/**
 * The bytes that bulk transfers carry: one random-looking period, repeated. A prime period never lines up with a page,
 * a pipe or a buffer, so a lost, doubled or swapped block shows at the first wrong byte; comparing is one memcmp.
 */
const period = 65_521
export const longestSlice = 256 * 1024

const bytes = Buffer.alloc(period + longestSlice)
let random = 0x9e3779b9
for (let i = 0; i < period; i++) {
  // xorshift32: the same bytes in every process, without a file to share.
  random ^= random << 13
  random ^= random >>> 17
  random ^= random << 5
  bytes[i] = random & 0xff
}
for (let i = period; i < bytes.length; i++) bytes[i] = bytes[i - period] ?? 0

/** A view (never to be written to) of `length` bytes of the pattern from `offset` on; at most `longestSlice`. */
export const patternAt = (offset: number, length: number): Buffer => {
  const start = offset % period
  return bytes.subarray(start, start + length)
}

/** Checks a stream against the pattern, whatever its pieces. */
export class PatternCheck {
  #offset: number

  constructor(offset: number) {
    this.#offset = offset
  }

  /** True when `chunk` is exactly what comes next. */
  accept(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length; at += longestSlice) {
      const piece = chunk.subarray(at, at + longestSlice)
      if (piece.compare(patternAt(this.#offset, piece.length)) !== 0) return false
      this.#offset = (this.#offset + piece.length) % period
    }
    return true
  }
}
