/** UTF-16 code units take at most three bytes each in UTF-8 (RFC 3629). */
const MOST_BYTES_A_UNIT = 3

/**
 * Gathers lines into blocks, which are written later, several lines at once.
 *
 * Each line is encoded when it comes. As a string it would be a tree of pieces that the garbage collector copies
 * again and again until it is written: measured, twelve times the work.
 */
export class LineBuffer {
  readonly #write: (block: Buffer) => void
  readonly #blockBytes: number
  readonly #waitMs: number
  #block: Buffer
  #used = 0
  #waiting = false

  /**
   * @param blockBytes the most bytes of a block, which has whole lines; a longer line is a block of its own
   * @param waitMs how long a line waits for others at most
   */
  constructor(write: (block: Buffer) => void, blockBytes: number, waitMs: number) {
    this.#write = write
    this.#blockBytes = blockBytes
    this.#waitMs = waitMs
    this.#block = Buffer.allocUnsafeSlow(blockBytes)
  }

  add(line: string): void {
    const most = line.length * MOST_BYTES_A_UNIT
    if (this.#used + most > this.#blockBytes) this.flush()
    if (most > this.#blockBytes) return this.#write(Buffer.from(line))
    this.#used += this.#block.write(line, this.#used)
    if (this.#waiting) return
    this.#waiting = true
    setTimeout(() => this.flush(), this.#waitMs).unref()
  }

  flush(): void {
    this.#waiting = false
    if (this.#used === 0) return
    const block = this.#block.subarray(0, this.#used)
    this.#block = Buffer.allocUnsafeSlow(this.#blockBytes)
    this.#used = 0
    this.#write(block)
  }
}
