import { open, openSync, statSync } from 'node:fs'
import { Descriptor } from '../system/descriptor.ts'
import { fileTarget, LOG_FILE_FLAGS, socketTargetAt, type Target } from './target.ts'

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

/** The file that a log's lines go to. Opening is tried again until it succeeds; meanwhile the previous file is used. */
export class LogFile {
  readonly #changeTarget: (target: Target) => void
  readonly #onOpened: OnOpened
  #path: string | undefined
  #isOpening = false
  /** It was renamed again meanwhile. */
  #isOutdated = false
  #retry: NodeJS.Timeout | undefined
  #toldCode: string | undefined

  /** @param changeTarget called with the file, each time that it was opened */
  constructor(changeTarget: (target: Target) => void, onOpened: OnOpened) {
    this.#changeTarget = changeTarget
    this.#onOpened = onOpened
  }

  /** Whether nothing is to be opened any more. */
  get isSettled(): boolean {
    return !this.#isOpening && this.#retry === undefined
  }

  /** Opens it for the first time. @returns the error if that did not work */
  open(path: string): NodeJS.ErrnoException | undefined {
    this.#path = path
    try {
      this.#changeTarget(fileTarget(openSync(path, LOG_FILE_FLAGS, MODE)))
      return undefined
    } catch (error) {
      if (this.#isOwnSocket(path, error as NodeJS.ErrnoException)) return undefined
      const why = reasonOf(error as NodeJS.ErrnoException, path)
      this.#toldCode = why.code
      this.#tryLater()
      return why
    }
  }

  /** Opens another file, or none any more. */
  follow(path: string | undefined): void {
    this.#path = path
    this.reopen()
  }

  /** Opens the file anew after it was renamed. */
  reopen(): void {
    this.#toldCode = undefined
    this.#openAnew()
  }

  #openAnew(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    const path = this.#path
    if (this.#isOpening) {
      this.#isOutdated = true
      return
    }
    if (path === undefined) return
    this.#isOpening = true
    // Not in this thread: a network disk may be slow.
    open(path, LOG_FILE_FLAGS, MODE, (error, descriptor) => {
      this.#isOpening = false
      if (path !== this.#path) return this.#openOther(error ? undefined : descriptor)
      if (error && !this.#isOwnSocket(path, error)) return this.#failed(path, error)
      if (!error) this.#changeTarget(fileTarget(descriptor))
      if (!this.#isOutdated) return this.#onOpened()
      this.#isOutdated = false
      this.#openAnew()
    })
  }

  /** While one file was being opened another path was given. */
  #openOther(unused: number | undefined): void {
    if (unused !== undefined) new Descriptor(unused).close()
    this.#isOutdated = false
    if (this.#path === undefined) this.#onOpened()
    else this.#openAnew()
  }

  #failed(path: string, error: NodeJS.ErrnoException): void {
    this.#isOutdated = false
    this.#tryLater()
    if (this.#toldCode === error.code) return
    this.#toldCode = error.code
    this.#onOpened(reasonOf(error, path))
  }

  /** If the path is this process's own stdout or stderr and that is a socket, lines go there. */
  #isOwnSocket(path: string, { code }: NodeJS.ErrnoException): boolean {
    const socket = code === 'ENXIO' ? socketTargetAt(path) : undefined
    if (socket) this.#changeTarget(socket)
    return socket !== undefined
  }

  #tryLater(): void {
    this.#retry = setTimeout(() => this.#openAnew(), TRY_AGAIN_AFTER_MS).unref()
  }
}

const reasonOf = (error: NodeJS.ErrnoException, path: string): NodeJS.ErrnoException =>
  error.code === 'ENXIO' && statSync(path, { throwIfNoEntry: false })?.isFIFO() ? new FifoUnread(path) : error
