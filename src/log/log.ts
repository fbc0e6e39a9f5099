import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import type { LogConfig } from '../config/schema.ts'
import type { OnOpened } from './log-file.ts'
import { Outlet } from './outlet.ts'
import { isTerminal, stdoutTarget } from './target.ts'
import { terminalLine } from './terminal-line.ts'

/** One process's log. Lines are buffered and written in the background: a slow disk or terminal does not stop the loop. */
export interface Log {
  readonly logger: pino.Logger
  /** Lines that were lost: the disk is full, or the reader is stuck. */
  readonly linesLost: number
  /** Why the file could not be opened at first. Lines wait, and opening is tried again every second. */
  readonly trouble: NodeJS.ErrnoException | undefined
  /** Writes a line that is JSON already, whatever the level. */
  writeLine(line: string): void
  /**
   * Logs as this config has it from now on. Until another file is open, lines go to the one before; `onOpened` is called
   * when it is open or cannot be opened.
   */
  follow(config: LogConfig): void
  /** Reopens the file after it was renamed, and calls `onOpened`. Until the new file is open, lines go to the old one. */
  reopen(): void
  /** Writes what is buffered before it returns. It waits for a slow reader, but not for a stuck one. */
  flush(): void
  /** Waits, for `mostMs` at most, while a write in another thread waits for its reader. */
  settled(mostMs: number): Promise<void>
  /** The last flush, on the process's `exit`, with its own time limit: after it the log does not keep the process alive. */
  end(mostMs: number): void
}

const LOOK_EVERY_MS = 5
/** A reader that takes a little now and then must not hold up a stop. */
const MOST_MS = 1_000

/** What the owner of a log wants to hear of. */
export interface LogListener {
  /** The file was opened later, or could not be. */
  readonly onOpened?: OnOpened
  /** A warning or an error is logged: its line, which is JSON, without its fields where it is longer than 8 KiB. */
  readonly onWarning?: (line: string) => void
}

const WARN = pino.levels.values.warn ?? 0
const LONGEST_WARNING = 8 * 1024

const shortened = (line: string): string => {
  if (line.length <= LONGEST_WARNING) return line.trimEnd()
  const { level, time, worker, msg } = JSON.parse(line)
  return JSON.stringify({ level, time, worker, msg: String(msg).slice(0, LONGEST_WARNING / 2) })
}

/** @param bindings fields that every line of this process carries, such as `{ worker: 1 }` */
export const openLog = (config: LogConfig, bindings: Record<string, unknown>, listener: LogListener = {}): Log => {
  const { onOpened = () => {}, onWarning } = listener
  const main = new Outlet({ target: stdoutTarget, format: stdoutFormat() }, onOpened)
  const trouble = main.open(config.file)
  const writeLine = (line: string): void => main.add(line)
  const destination = {
    // pino then sets `lastLevel` before each write.
    [pino.symbols.needsMetadataGsym]: true as const,
    lastLevel: 0,
    write: (line: string): void => {
      if (destination.lastLevel >= WARN) onWarning?.(shortened(line))
      writeLine(line)
    },
  }
  const logger = pino({ level: config.level, base: bindings, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  return {
    logger,
    trouble,
    get linesLost() {
      return main.linesLost
    },
    writeLine,
    follow: ({ level, file }) => {
      logger.level = level
      const isOther = main.follow(file)
      if (isOther && main.isSettled) onOpened()
    },
    reopen: () => {
      main.reopen()
      if (main.isSettled) onOpened()
    },
    flush: () => main.flush(MOST_MS),
    settled: async (mostMs) => {
      main.passOn()
      const untilMs = performance.now() + mostMs
      while (main.isHeldUp && performance.now() < untilMs) await pause(LOOK_EVERY_MS)
    },
    end: (mostMs) => {
      main.flush(mostMs)
      // libuv joins its threads when a process ends, and one of them waits for a reader.
      if (main.isHeldUp) process.kill(process.pid, 'SIGKILL')
    },
  }
}

const stdoutFormat = (): ((line: string) => string) =>
  isTerminal() ? terminalLine({ colours: !process.env.NO_COLOR }) : (line) => line
