import { emitKeypressEvents } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import type { Line } from '../screen/table.ts'
import { ENTER, frameOf, LEAVE } from './frame.ts'
import { type Keypress, keyOf } from './state/keys.ts'
import type { Size } from './state/state.ts'

/** These end the program, as they do without a screen. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
/** After ^Z a stopped process goes on only when it is continued; one that cannot be stopped goes on at once. */
const STOPS_WITHIN_MS = 100

export interface Viewer {
  key(key: string): void
  resized(size: Size): void
  /** The terminal is gone. */
  gone(): void
}

/** The terminal, while one program has all of it. However the process ends, the terminal is then as it was before. */
export class LiveScreen {
  readonly #input: ReadStream
  readonly #output: WriteStream
  readonly #colours: boolean
  #viewer: Viewer | undefined
  #isEntered = false
  #shown: readonly string[] | undefined

  constructor(input: ReadStream, output: WriteStream, colours: boolean) {
    this.#input = input
    this.#output = output
    this.#colours = colours
  }

  get size(): Size {
    // A terminal that nobody has told its size has none.
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 }
  }

  open(viewer: Viewer): void {
    this.#viewer = viewer
    emitKeypressEvents(this.#input)
    this.#input.on('keypress', this.#onKeypress).on('end', this.#onGone).on('error', this.#onGone)
    this.#output.on('resize', this.#onResize).on('error', this.#onGone)
    for (const signal of ENDING) process.on(signal, this.#onSignal)
    process.on('SIGCONT', this.#onContinued)
    // What is thrown is printed where it stays to be read, and nothing ends the process without this.
    process.on('uncaughtExceptionMonitor', this.#leave).on('exit', this.#leave)
    this.#enter()
  }

  /** Leaves the terminal to others. */
  close(): void {
    this.#leave()
    this.#viewer = undefined
    this.#input.off('keypress', this.#onKeypress).off('end', this.#onGone).pause()
    this.#output.off('resize', this.#onResize)
    // Errors of a terminal that is gone may still come: their listeners stay.
    for (const signal of ENDING) process.off(signal, this.#onSignal)
    process.off('SIGCONT', this.#onContinued)
    process.off('uncaughtExceptionMonitor', this.#leave).off('exit', this.#leave)
  }

  /** Shows the lines, by one write of what has changed. */
  show(lines: readonly Line[]): void {
    if (!this.#isEntered) return
    const frame = frameOf(lines, this.size, this.#colours, this.#shown)
    this.#shown = frame.lines
    if (frame.bytes !== '') this.#output.write(frame.bytes)
  }

  #enter(): void {
    if (this.#isEntered || this.#viewer === undefined) return
    this.#isEntered = true
    this.#shown = undefined
    this.#input.setRawMode(true)
    this.#output.write(ENTER)
  }

  readonly #leave = (): void => {
    if (!this.#isEntered) return
    this.#isEntered = false
    this.#output.write(LEAVE)
    this.#input.setRawMode(false)
  }

  readonly #onKeypress = (written: string | undefined, keypress: Keypress): void => {
    const key = keyOf(written, keypress)
    if (key === '^z') this.#suspend()
    else if (key !== undefined) this.#viewer?.key(key)
  }

  readonly #onResize = (): void => {
    this.#shown = undefined
    this.#viewer?.resized(this.size)
  }

  readonly #onGone = (): void => this.#viewer?.gone()

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.close()
    // Now without a listener: whoever waits for the process sees how it ended.
    process.kill(process.pid, signal)
  }

  #suspend(): void {
    this.#leave()
    // As the kernel does at ^Z: all processes of this job. Without a shell that could continue them it does nothing.
    process.kill(0, 'SIGTSTP')
    setTimeout(() => this.#isEntered || this.#onContinued(), STOPS_WITHIN_MS)
  }

  /** The shell has used the terminal meanwhile. */
  readonly #onContinued = (): void => {
    this.#leave()
    this.#enter()
    // The size may be another one: Node looks at this signal.
    process.kill(process.pid, 'SIGWINCH')
    this.#onResize()
  }
}
