import type { Target } from './target.ts'

/** The most that is kept for a stuck reader or a full disk. Beyond this, lines are lost and the process goes on. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024
const MERGED_BYTES = 64 * 1024
const LF = 0x0a
/** A reader that takes nothing is retried soon, and then less often. */
const FIRST_RETRY_MS = 5
const LAST_RETRY_MS = 100
/** What is written in one turn of the event loop. */
const MOST_PIECES_A_TURN = 64
const POLL_MS = 5

/** Blocks of whole lines on their way to a target that may be slow, stuck, full or not there yet. */
export class BlockQueue {
  /** Lines that were lost because the queue was full. */
  linesLost = 0
  #target: Target | undefined
  /** Takes the target's place at the end of a line. */
  #successor: Target | undefined
  #blocks: Buffer[] = []
  #waitingBytes = 0
  /** The first `#offset` bytes of the first block are written. */
  #offset = 0
  /** It is out of the queue while another thread writes it. */
  #inBackground: Buffer | undefined
  #retry: NodeJS.Timeout | undefined
  #retryMs = FIRST_RETRY_MS

  /** Takes whole lines and writes them soon, or counts them as lost. */
  add(block: Buffer): void {
    this.keep(block)
    if (this.#retry === undefined) this.#write()
  }

  /** The same, for a flush that follows. */
  keep(block: Buffer): void {
    if (this.#waitingBytes + block.length > MOST_WAITING_BYTES) {
      this.linesLost += linesIn(block)
      return
    }
    this.#append(block)
    this.#waitingBytes += block.length
  }

  /** A block may be a small part of a large buffer: blocks that have to wait are merged, or they would hold far more memory. */
  #append(block: Buffer): void {
    const last = this.#blocks.length - 1
    const before = last > 0 ? this.#blocks[last] : undefined
    if (before && before.length + block.length <= MERGED_BYTES) this.#blocks[last] = Buffer.concat([before, block])
    else this.#blocks.push(block)
  }

  /** Writes to `target` from the next line on. The previous target is closed once nothing is being written to it. */
  changeTarget(target: Target): void {
    this.#successor?.close()
    this.#successor = target
    this.#goOn()
  }

  get isEmpty(): boolean {
    return this.#waitingBytes === 0 && this.#inBackground === undefined
  }

  /** Another thread waits for the reader: this process would not exit by itself before the reader goes on. */
  get isHeldUp(): boolean {
    return this.#inBackground !== undefined && this.#target?.writes === 'forReader'
  }

  /** Writes everything before it returns, unless that takes longer than `mostMs` or the reader pauses for `patienceMs`. */
  flush(patienceMs: number, mostMs: number): void {
    this.#takeSuccessor()
    const target = this.#target
    if (target === undefined || this.isHeldUp) return
    const begunMs = performance.now()
    let progressMs = begunMs
    for (let piece = this.#piece(target); piece; piece = this.#piece(target)) {
      try {
        this.#wrote(target.writeNow(piece))
        progressMs = performance.now()
      } catch (error) {
        if (!isAboutReader(error as NodeJS.ErrnoException)) return
        const now = performance.now()
        if (now - progressMs > patienceMs || now - begunMs > mostMs) return
        pause(POLL_MS)
      }
    }
  }

  get #isFailing(): boolean {
    return this.#retryMs > FIRST_RETRY_MS
  }

  #goOn(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#write()
  }

  #write(): void {
    if (this.#inBackground) return
    for (let pieces = 0; pieces < MOST_PIECES_A_TURN; pieces++) {
      if (this.#offset === this.#lineBegin || this.#isFailing) this.#takeSuccessor()
      const target = this.#target
      const piece = target && this.#piece(target)
      if (!piece) return
      if (target.writes !== 'atOnce') return this.#writeInBackground(target, piece)
      try {
        this.#wrote(target.writeNow(piece))
      } catch {
        return this.#tryLater()
      }
    }
    setImmediate(() => this.#goOn())
  }

  #writeInBackground(target: Target, piece: Buffer): void {
    const [block = piece] = this.#blocks
    const from = this.#offset
    this.#leaveOut(piece.length)
    this.#inBackground = piece
    target.writeInBackground(piece, (error, taken) => {
      this.#inBackground = undefined
      if (!error && taken === piece.length) {
        this.#retryMs = FIRST_RETRY_MS
        return this.#goOn()
      }
      this.#putBack(block.subarray(0, from + piece.length), from + (error ? 0 : taken))
      if (error) this.#tryLater()
      else this.#goOn()
    })
  }

  /** Puts the unwritten rest of a block before all others again. */
  #putBack(block: Buffer, offset: number): void {
    const [first] = this.#blocks
    if (first) this.#blocks[0] = first.subarray(this.#offset)
    this.#blocks.unshift(block)
    this.#offset = offset
    this.#waitingBytes += block.length - offset
  }

  #tryLater(): void {
    this.#retry = setTimeout(() => this.#goOn(), this.#retryMs).unref()
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS)
  }

  /** A line that the previous target has only in part is written to the new one as a whole. */
  #takeSuccessor(): void {
    if (this.#successor === undefined || this.#inBackground) return
    this.#target?.close()
    this.#target = this.#successor
    this.#successor = undefined
    const begin = this.#lineBegin
    this.#waitingBytes += this.#offset - begin
    this.#offset = begin
  }

  get #lineBegin(): number {
    return this.#offset === 0 ? 0 : (this.#blocks[0]?.lastIndexOf(LF, this.#offset - 1) ?? -1) + 1
  }

  /** The next bytes for the target: whole lines, or what is left of one. */
  #piece({ blockBytes }: Target): Buffer | undefined {
    const [block] = this.#blocks
    if (block === undefined) return undefined
    if (block.length - this.#offset <= blockBytes) return block.subarray(this.#offset)
    const lastEnd = block.lastIndexOf(LF, this.#offset + blockBytes - 1)
    const end = lastEnd >= this.#offset ? lastEnd : block.indexOf(LF, this.#offset)
    return block.subarray(this.#offset, end < 0 ? block.length : end + 1)
  }

  #wrote(bytes: number): void {
    this.#retryMs = FIRST_RETRY_MS
    this.#leaveOut(bytes)
  }

  #leaveOut(bytes: number): void {
    this.#waitingBytes -= bytes
    this.#offset += bytes
    if (this.#offset < (this.#blocks[0]?.length ?? 0)) return
    this.#blocks.shift()
    this.#offset = 0
  }
}

const linesIn = (block: Buffer): number => {
  let lines = 0
  for (const byte of block) if (byte === LF) lines += 1
  return lines
}

/** The reader takes nothing now, but may soon. Any other error is about a disk, or a reader that is gone. */
const isAboutReader = ({ code }: NodeJS.ErrnoException): boolean => code === 'EAGAIN' || code === 'EINTR'

const pause = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
