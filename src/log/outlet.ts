import { BlockQueue } from './block-queue.ts'
import { LineBuffer } from './line-buffer.ts'
import { LogFile, type OnOpened } from './log-file.ts'
import type { Target } from './target.ts'

const BLOCK_BYTES = 64 * 1024
const FLUSH_AFTER_MS = 100
/** A reader that takes nothing for this long is stuck, and must not hold up a stop. */
const PATIENCE_MS = 500

/** Where lines go while there is no file. */
export interface WithoutFile {
  target(): Target
  /** What becomes of a line there. */
  format(line: string): string
}

/** The way of a process's lines to a file or elsewhere: they are buffered, and written in the background. */
export class Outlet {
  readonly #queue = new BlockQueue()
  readonly #lines: LineBuffer
  readonly #file: LogFile
  readonly #withoutFile: WithoutFile
  #path: string | undefined
  #isAtFile = false
  #isFlushing = false

  constructor(withoutFile: WithoutFile, onOpened: OnOpened) {
    this.#withoutFile = withoutFile
    const take = (block: Buffer): void => (this.#isFlushing ? this.#queue.keep(block) : this.#queue.add(block))
    this.#lines = new LineBuffer(take, BLOCK_BYTES, FLUSH_AFTER_MS)
    this.#file = new LogFile((target) => this.#changeTarget(target, true), onOpened)
  }

  /** Whether lines go to a file, or wait for the first one. */
  get isAtFile(): boolean {
    return this.#isAtFile
  }

  /** Whether no file is to be opened any more. */
  get isSettled(): boolean {
    return this.#file.isSettled
  }

  get linesLost(): number {
    return this.#queue.linesLost
  }

  /** Another thread waits for the reader: the process would not exit by itself before the reader goes on. */
  get isHeldUp(): boolean {
    return this.#queue.isHeldUp
  }

  /** Lines wait for what writes them to be loaded. */
  get isLoading(): boolean {
    return this.#queue.isLoading
  }

  /** Takes a line with its line end. */
  add(line: string): void {
    this.#lines.add(this.#isAtFile ? line : this.#withoutFile.format(line))
  }

  /** The first file, if there is one. @returns the error if it cannot be opened: lines wait for it, and it is tried again */
  open(path: string | undefined): NodeJS.ErrnoException | undefined {
    this.#path = path
    this.#isAtFile = path !== undefined
    if (path !== undefined) return this.#file.open(path)
    this.#queue.changeTarget(this.#withoutFile.target())
    return undefined
  }

  /** Another file, or none any more. Until it is open, lines go where they went before. @returns whether it is another */
  follow(path: string | undefined): boolean {
    if (path === this.#path) return false
    this.#path = path
    if (path === undefined) this.#changeTarget(this.#withoutFile.target(), false)
    this.#file.follow(path)
    return true
  }

  reopen(): void {
    this.#file.reopen()
  }

  /** Passes on what is buffered, to be written in the background. */
  passOn(): void {
    this.#lines.flush()
  }

  /** Writes what is buffered before it returns, if that takes no longer than `mostMs` and the reader is not stuck. */
  flush(mostMs: number): void {
    this.#isFlushing = true
    this.#lines.flush()
    this.#isFlushing = false
    this.#queue.flush(PATIENCE_MS, mostMs)
  }

  /** Gives up what was not written so far, and counts it as lost. */
  abandon(): void {
    this.#queue.abandon()
  }

  /** What was formatted for the previous target goes there, unless that is stuck. */
  #changeTarget(target: Target, isFile: boolean): void {
    this.#lines.flush()
    this.#queue.changeTarget(target)
    this.#isAtFile = isFile
  }
}
