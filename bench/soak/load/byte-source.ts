import { longestSlice, patternAt } from '../../load/pattern.ts'
import { HEAD_BYTES } from '../plan/plan.ts'

/**
 * The bytes that one side of a connection sends, as a function of their offset: nothing has to be stored to send or to
 * compare them. A client's begin with the connection's number, by which the server knows it.
 */
export class ByteSource {
  readonly #head: Buffer
  readonly #start: number

  private constructor(head: Buffer, start: number) {
    this.#head = head
    this.#start = start
  }

  static ofClient(number: number): ByteSource {
    const head = Buffer.alloc(HEAD_BYTES)
    head.writeUInt32BE(number)
    return new ByteSource(head, number * 7919)
  }

  static ofServer(number: number): ByteSource {
    return new ByteSource(Buffer.alloc(0), number * 104_729 + 13)
  }

  /** The bytes of a server that sends before it has the client's number. */
  static ofStranger(): ByteSource {
    return new ByteSource(Buffer.alloc(0), 0)
  }

  /** A view, never to be written to, of up to `length` bytes from `offset` on: at least one. */
  at(offset: number, length: number): Buffer {
    if (offset < this.#head.length) return this.#head.subarray(offset, offset + length)
    return patternAt(this.#start + offset, Math.min(length, longestSlice))
  }

  /** The offset of the first byte of `piece` that is not the one at `offset` on, or undefined. */
  firstDifference(offset: number, piece: Buffer): number | undefined {
    for (let done = 0; done < piece.length; ) {
      const expected = this.at(offset + done, piece.length - done)
      const got = piece.subarray(done, done + expected.length)
      if (!expected.equals(got)) return offset + done + got.findIndex((byte, index) => byte !== expected[index])
      done += expected.length
    }
    return undefined
  }
}

/** What bench/inspection/mangle.mjs does to each byte; it is its own opposite. */
export const FLIPPED_BITS = 0x5a

/** The piece as it was before the inspector, in a buffer of its own. */
export const unmangled = (piece: Buffer): Buffer => {
  const plain = Buffer.allocUnsafe(piece.length)
  for (let index = 0; index < piece.length; index++) plain[index] = (piece[index] ?? 0) ^ FLIPPED_BITS
  return plain
}
