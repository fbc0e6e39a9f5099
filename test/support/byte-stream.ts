import { Random } from './random.ts'

/** The longest piece that `at` gives. */
export const LONGEST_PIECE = 2 ** 20

// A prime near 1 MiB: no power of two that a buffer or pipe may have divides the period, so that a piece that is lost,
// doubled or swapped shows at its first byte.
const PERIOD = 1_048_573

/**
 * An endless stream of bytes that is a function of its seed and the offset. Sender and receiver need not keep what was
 * sent: the one cuts pieces out of it, the other compares what arrives with the same place.
 */
export class ByteStream {
  readonly #block: Buffer

  constructor(seed: number) {
    const random = new Random(seed)
    this.#block = Buffer.allocUnsafeSlow(PERIOD + LONGEST_PIECE)
    for (let index = 0; index < PERIOD; index++) this.#block[index] = random.next() * 256
    this.#block.copy(this.#block, PERIOD, 0, LONGEST_PIECE)
  }

  /** `length` bytes from `offset`, a view that must not be written to. */
  at(offset: number, length: number): Buffer {
    if (length > LONGEST_PIECE) throw new RangeError(`a piece has at most ${LONGEST_PIECE} bytes`)
    const start = offset % PERIOD
    return this.#block.subarray(start, start + length)
  }

  /** The offset of the first byte of `piece` that is not the one this stream has there, or undefined. */
  firstDifference(offset: number, piece: Uint8Array): number | undefined {
    const expected = this.at(offset, piece.length)
    if (expected.equals(piece)) return undefined
    return offset + expected.findIndex((byte, index) => byte !== piece[index])
  }
}
