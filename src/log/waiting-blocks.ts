const MERGED_BYTES = 64 * 1024
const LF = 0x0a

/** Blocks of whole lines that wait, and how much of the first one is written. */
export class WaitingBlocks {
  /** What is not written yet. */
  bytes = 0
  #blocks: Buffer[] = []
  /** The first `#offset` bytes of the first block are written. */
  #offset = 0

  /** A block may be a small part of a large buffer: blocks that have to wait are merged, or they would hold far more memory. */
  add(block: Buffer): void {
    const last = this.#blocks.length - 1
    const before = last > 0 ? this.#blocks[last] : undefined
    if (before && before.length + block.length <= MERGED_BYTES) this.#blocks[last] = Buffer.concat([before, block])
    else this.#blocks.push(block)
    this.bytes += block.length
  }

  /** The next bytes to write: whole lines of `mostBytes` together, or what is left of one line. */
  piece(mostBytes: number): Buffer | undefined {
    const [block] = this.#blocks
    if (block === undefined) return undefined
    if (block.length - this.#offset <= mostBytes) return block.subarray(this.#offset)
    const lastEnd = block.lastIndexOf(LF, this.#offset + mostBytes - 1)
    const end = lastEnd >= this.#offset ? lastEnd : block.indexOf(LF, this.#offset)
    return block.subarray(this.#offset, end < 0 ? block.length : end + 1)
  }

  /** The next `bytes` are written. */
  leaveOut(bytes: number): void {
    this.bytes -= bytes
    this.#offset += bytes
    if (this.#offset < (this.#blocks[0]?.length ?? 0)) return
    this.#blocks.shift()
    this.#offset = 0
  }

  /** Takes the next piece out, until it is written or put back. */
  takeOut(mostBytes: number): TakenPiece | undefined {
    const piece = this.piece(mostBytes)
    const [block] = this.#blocks
    if (piece === undefined || block === undefined) return undefined
    const from = this.#offset
    this.leaveOut(piece.length)
    return { piece, putBack: (written) => this.#putBack(block.subarray(0, from + piece.length), from + written) }
  }

  /** Puts the unwritten rest of a block before all others again. */
  #putBack(block: Buffer, offset: number): void {
    const [first] = this.#blocks
    if (first) this.#blocks[0] = first.subarray(this.#offset)
    this.#blocks.unshift(block)
    this.#offset = offset
    this.bytes += block.length - offset
  }

  /** Forgets all that waits. @returns how many lines that was */
  clear(): number {
    const [first, ...others] = this.#blocks
    const lines = first ? [first.subarray(this.#offset), ...others].map(linesIn) : []
    this.#blocks = []
    this.#offset = 0
    this.bytes = 0
    return lines.reduce((sum, count) => sum + count, 0)
  }

  /** How many bytes of the next line are written. */
  get tornBytes(): number {
    return this.#offset - this.#lineBegin
  }

  /** The next line is to be written from its begin on. */
  beginLineAgain(): void {
    const begin = this.#lineBegin
    this.bytes += this.#offset - begin
    this.#offset = begin
  }

  /** The next line is to be written from its begin on, and on a line of its own. */
  beginOnNewLine(): void {
    const [block] = this.#blocks
    if (block === undefined) return
    this.beginLineAgain()
    this.#blocks[0] = Buffer.concat([Buffer.of(LF), block.subarray(this.#offset)])
    this.#offset = 0
    this.bytes += 1
  }

  get #lineBegin(): number {
    return this.#offset === 0 ? 0 : (this.#blocks[0]?.lastIndexOf(LF, this.#offset - 1) ?? -1) + 1
  }
}

interface TakenPiece {
  readonly piece: Buffer
  /** Puts it back before all others, apart from the bytes of it that were written. */
  putBack(written: number): void
}

export const linesIn = (block: Buffer): number => {
  let lines = 0
  for (const byte of block) if (byte === LF) lines += 1
  return lines
}
