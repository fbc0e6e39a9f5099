import type { Target } from './target.ts'
import { linesIn, WaitingBlocks } from './waiting-blocks.ts'

/** The most that is kept for a stuck reader or a full disk. Beyond this, lines are lost and the process goes on. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024
/** A reader that takes nothing is retried soon, and then less often. */
const FIRST_RETRY_MS = 5
const LAST_RETRY_MS = 100
/** What is written in one turn of the event loop. */
const MOST_PIECES_A_TURN = 64
const POLL_MS = 5

/** Blocks of whole lines on their way to a target that may be slow, stuck, full or not there yet. */
export class BlockQueue {
  /** Lines that were lost because the queue was full, or because a full disk has only their begin. */
  linesLost = 0
  #target: Target | undefined
  /** Takes the target's place at the end of a line. */
  #successor: Target | undefined
  readonly #waiting = new WaitingBlocks()
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
    if (this.#waiting.bytes + block.length > MOST_WAITING_BYTES) this.linesLost += linesIn(block)
    else this.#waiting.add(block)
  }

  /** Writes to `target` from the next line on. The previous target is closed once nothing is being written to it. */
  changeTarget(target: Target): void {
    this.#successor?.close()
    this.#successor = target
    this.#goOn()
  }

  get isEmpty(): boolean {
    return this.#waiting.bytes === 0 && this.#inBackground === undefined
  }

  /** Another thread waits for the reader: this process would not exit by itself before the reader goes on. */
  get isHeldUp(): boolean {
    return this.#inBackground !== undefined && this.#target?.writes === 'forReader'
  }

  /** Something waits for a target that cannot be written to yet, but soon. */
  get isLoading(): boolean {
    return !this.isEmpty && this.#target?.isLoading === true
  }

  /** Writes everything before it returns, unless that takes longer than `mostMs` or the reader pauses for `patienceMs`. */
  flush(patienceMs: number, mostMs: number): void {
    this.#takeSuccessor()
    const target = this.#target
    if (target === undefined || this.isHeldUp) return
    const begunMs = performance.now()
    let progressMs = begunMs
    for (let piece = this.#pieceFor(target); piece; piece = this.#pieceFor(target)) {
      try {
        this.#wrote(target, target.writeNow(piece))
        progressMs = performance.now()
      } catch (error) {
        if (!isAboutReader(error as NodeJS.ErrnoException)) return
        const now = performance.now()
        if (now - progressMs > patienceMs || now - begunMs > mostMs) return
        pause(POLL_MS)
      }
    }
  }

  /** Gives up what was not taken so far, and counts it as lost. */
  abandon(): void {
    this.linesLost += this.#waiting.clear()
    if (this.isHeldUp && this.#inBackground) this.linesLost += linesIn(this.#inBackground)
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
      if (this.#waiting.tornBytes === 0 || this.#isFailing) this.#takeSuccessor()
      const target = this.#target
      const piece = target && this.#pieceFor(target)
      if (!piece) return
      if (target.writes !== 'atOnce') return this.#writeInBackground(target)
      try {
        this.#wrote(target, target.writeNow(piece))
      } catch {
        return this.#tryLater()
      }
    }
    setImmediate(() => this.#goOn())
  }

  #writeInBackground(target: Target): void {
    const taken = this.#waiting.takeOut(target.blockBytes)
    if (taken === undefined) return
    const { piece, putBack } = taken
    this.#inBackground = piece
    target.writeInBackground(piece, (error, written) => {
      this.#inBackground = undefined
      if (!error && written === piece.length) {
        this.#retryMs = FIRST_RETRY_MS
        return this.#goOn()
      }
      putBack(error ? 0 : written)
      if (error) return this.#tryLater()
      this.#mendTornLine(target)
      this.#goOn()
    })
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
    this.#waiting.beginLineAgain()
  }

  #pieceFor({ blockBytes }: Target): Buffer | undefined {
    return this.#waiting.piece(blockBytes)
  }

  #wrote(target: Target, bytes: number): void {
    this.#retryMs = FIRST_RETRY_MS
    this.#waiting.leaveOut(bytes)
    this.#mendTornLine(target)
  }

  /**
   * A disk that is full takes the begin of a line, and other processes may append before the rest is taken: the line is
   * written anew. Where its begin stays, what another process appends next may be unreadable, so a line counts as lost.
   */
  #mendTornLine(target: Target): void {
    const { tornBytes } = this.#waiting
    if (tornBytes === 0 || target.writes !== 'onDisk') return
    if (target.blankOut(tornBytes)) return this.#waiting.beginLineAgain()
    this.linesLost += 1
    this.#waiting.beginOnNewLine()
  }
}

/** The reader takes nothing now, but may soon. Any other error is about a disk, or a reader that is gone. */
const isAboutReader = ({ code }: NodeJS.ErrnoException): boolean => code === 'EAGAIN' || code === 'EINTR'

const pause = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
