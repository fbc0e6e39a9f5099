import type { LogConfig } from '../config/schema.ts'
import type { OnOpened } from './log-file.ts'
import { Outlet } from './outlet.ts'
import { lineTarget, stdoutTarget } from './target.ts'

/** A file that could not be opened. */
export interface FileTrouble {
  /** What names it in the config. */
  readonly key: 'log.file' | 'log.access.file'
  readonly error: NodeJS.ErrnoException
}

/** The outlets of a process's log: one for all lines, and one for the lines of connections where they have their own file. */
export class Outlets {
  readonly #main: Outlet
  /** There once the lines of connections have had their own file. */
  #access: Outlet | undefined
  readonly #onOpened: OnOpened

  /**
   * @param format what becomes of a line on stdout
   * @param onOpened called when all files are open that were to be opened, or with the error if one cannot be
   */
  constructor(format: (line: string) => string, onOpened: OnOpened) {
    this.#onOpened = onOpened
    this.#main = new Outlet({ target: stdoutTarget, format }, (error) => this.#opened(error))
  }

  /** Opens the first files. */
  open(config: LogConfig): FileTrouble[] {
    const error = this.#main.open(config.file)
    const accessFile = ownAccessFile(config)
    const accessError = accessFile === undefined ? undefined : this.#accessOutlet().open(accessFile)
    return [
      ...(error ? [{ key: 'log.file', error } as const] : []),
      ...(accessError ? [{ key: 'log.access.file', error: accessError } as const] : []),
    ]
  }

  follow(config: LogConfig): void {
    const accessFile = ownAccessFile(config)
    const isOther = [
      this.#main.follow(config.file),
      (this.#access !== undefined || accessFile !== undefined) && this.#accessOutlet().follow(accessFile),
    ]
    if (isOther.includes(true)) this.#openedIfSettled()
  }

  reopen(): void {
    for (const outlet of this.#all) outlet.reopen()
    this.#openedIfSettled()
  }

  add(line: string): void {
    this.#main.add(line)
  }

  addAccess(line: string): void {
    if (this.#access?.isAtFile) this.#access.add(line)
    else this.#main.add(line)
  }

  get linesLost(): number {
    return this.#main.linesLost + (this.#access?.linesLost ?? 0)
  }

  /** See `Outlet`. */
  get isHeldUp(): boolean {
    return this.#all.some(({ isHeldUp }) => isHeldUp)
  }

  get isLoading(): boolean {
    return this.#all.some(({ isLoading }) => isLoading)
  }

  passOn(): void {
    for (const outlet of this.#all) outlet.passOn()
  }

  flush(mostMs: number): void {
    const untilMs = performance.now() + mostMs
    for (const outlet of this.#all) outlet.flush(Math.max(0, untilMs - performance.now()))
  }

  abandon(): void {
    for (const outlet of this.#all) outlet.abandon()
  }

  /** That of connections first: without a file it hands its lines to the main one. */
  get #all(): readonly Outlet[] {
    return this.#access ? [this.#access, this.#main] : [this.#main]
  }

  /** Without a file, what still waits for the last one goes to the main outlet. */
  #accessOutlet(): Outlet {
    const target = () => lineTarget((line) => this.#main.add(line))
    this.#access ??= new Outlet({ target, format: (line) => line }, (error) => this.#opened(error))
    return this.#access
  }

  #opened(error: NodeJS.ErrnoException | undefined): void {
    if (error) this.#onOpened(error)
    else this.#openedIfSettled()
  }

  #openedIfSettled(): void {
    if (this.#all.every(({ isSettled }) => isSettled)) this.#onOpened()
  }
}

/** The file of the access log, where it has one of its own. */
const ownAccessFile = ({ file, access }: LogConfig): string | undefined =>
  access === false || access.file === file ? undefined : access.file
