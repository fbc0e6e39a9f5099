import { open, openSync, statSync } from 'node:fs'
import type { BlockQueue } from './block-queue.ts'
import { fileTarget, LOG_FILE_FLAGS, socketTargetAt } from './target.ts'

const MODE = 0o666
const TRY_AGAIN_AFTER_MS = 1_000

/** Called when the file was opened, or with the error if it was not. A lasting error is reported once. */
export type OnOpened = (error?: NodeJS.ErrnoException) => void

/** fifo(7): opening a FIFO without a reader for writing, without blocking, fails with ENXIO. */
export class FifoUnread extends Error {
  override readonly name = 'FifoUnread'
  readonly code = 'ENXIO'

  constructor(path: string) {
    super(`the FIFO ${path} has no reader`)
  }
}

/** The file that a queue's lines go to. Opening is tried again until it succeeds; meanwhile the previous file is used. */
export class LogFile {
  readonly #path: string
  readonly #queue: BlockQueue
  readonly #onOpened: OnOpened
  #isOpening = false
  /** It was renamed again meanwhile. */
  #isOutdated = false
  #retry: NodeJS.Timeout | undefined
  #toldCode: string | undefined

  constructor(path: string, queue: BlockQueue, onOpened: OnOpened) {
    this.#path = path
    this.#queue = queue
    this.#onOpened = onOpened
  }

  /** Opens it for the first time. @returns the error if that did not work */
  open(): NodeJS.ErrnoException | undefined {
    try {
      this.#queue.changeTarget(fileTarget(openSync(this.#path, LOG_FILE_FLAGS, MODE)))
      return undefined
    } catch (error) {
      if (this.#isOwnSocket(error as NodeJS.ErrnoException)) return undefined
      const why = reasonOf(error as NodeJS.ErrnoException, this.#path)
      this.#toldCode = why.code
      this.#tryLater()
      return why
    }
  }

  reopen(): void {
    this.#toldCode = undefined
    this.#openAnew()
  }

  #openAnew(): void {
    clearTimeout(this.#retry)
    if (this.#isOpening) {
      this.#isOutdated = true
      return
    }
    this.#isOpening = true
    // Not in this thread: a network disk may be slow.
    open(this.#path, LOG_FILE_FLAGS, MODE, (error, descriptor) => {
      this.#isOpening = false
      if (error && !this.#isOwnSocket(error)) return this.#failed(error)
      if (!error) this.#queue.changeTarget(fileTarget(descriptor))
      if (!this.#isOutdated) return this.#onOpened()
      this.#isOutdated = false
      this.#openAnew()
    })
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.#isOutdated = false
    this.#tryLater()
    if (this.#toldCode === error.code) return
    this.#toldCode = error.code
    this.#onOpened(reasonOf(error, this.#path))
  }

  /** If the path is this process's own stdout or stderr and that is a socket, lines go there. */
  #isOwnSocket({ code }: NodeJS.ErrnoException): boolean {
    const socket = code === 'ENXIO' ? socketTargetAt(this.#path) : undefined
    if (socket) this.#queue.changeTarget(socket)
    return socket !== undefined
  }

  #tryLater(): void {
    this.#retry = setTimeout(() => this.#openAnew(), TRY_AGAIN_AFTER_MS).unref()
  }
}

const reasonOf = (error: NodeJS.ErrnoException, path: string): NodeJS.ErrnoException =>
  error.code === 'ENXIO' && statSync(path, { throwIfNoEntry: false })?.isFIFO() ? new FifoUnread(path) : error
