import pino from 'pino'
import { holdsWithin } from '../clock.ts'
import type { LogConfig } from '../config/schema.ts'
import type { OnOpened } from './log-file.ts'
import { type FileTrouble, Outlets } from './outlets.ts'
import { isTerminal } from './target.ts'
import { terminalLine } from './terminal-line.ts'

/** One process's log. Lines are buffered and written in the background: a slow disk or terminal does not stop the loop. */
export interface Log {
  readonly logger: pino.Logger
  /** Lines that were lost: the disk is full, or the reader is stuck. */
  readonly linesLost: number
  /** The files that could not be opened at first. Their lines wait, and opening is tried again every second. */
  readonly troubles: readonly FileTrouble[]
  /** Writes a line of the access log, which is JSON already, whatever the level. */
  writeAccessLine(line: string): void
  /**
   * Has the level and the files of this config from now on. Until another file is open, its lines go where they went before;
   * `onOpened` is called when all are open or one cannot be opened. What of connections is logged is not its business.
   */
  follow(config: LogConfig): void
  /** Reopens the files after they were renamed, and calls `onOpened`. Until a new file is open, lines go to the old one. */
  reopen(): void
  /** Writes what is buffered before it returns. It waits for a slow reader, but not for a stuck one. */
  flush(): void
  /** Waits, for `mostMs` at most, while a write in another thread waits for its reader, or cannot begin yet. */
  settled(mostMs: number): Promise<void>
  /** A last flush while losses can still be reported: what is not taken within `mostMs` counts as lost. */
  finish(mostMs: number): void
  /** The last flush, on the process's `exit`, with its own time limit: after it the log does not keep the process alive. */
  end(mostMs: number): void
}

/** A reader that takes a little now and then must not hold up a stop. */
const MOST_MS = 1_000

/** What the owner of a log wants to hear of. */
export interface LogListener {
  /** All files were opened later, or one could not be. */
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
  const outlets = new Outlets(stdoutFormat(), onOpened)
  const troubles = outlets.open(config)
  const destination = {
    // pino then sets `lastLevel` before each write.
    [pino.symbols.needsMetadataGsym]: true as const,
    lastLevel: 0,
    write: (line: string): void => {
      if (destination.lastLevel >= WARN) onWarning?.(shortened(line))
      outlets.add(line)
    },
  }
  const logger = pino({ level: config.level, base: bindings, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  return {
    logger,
    troubles,
    get linesLost() {
      return outlets.linesLost
    },
    writeAccessLine: (line) => outlets.addAccess(line),
    follow: (other) => {
      logger.level = other.level
      outlets.follow(other)
    },
    reopen: () => outlets.reopen(),
    flush: () => outlets.flush(MOST_MS),
    settled: async (mostMs) => {
      outlets.passOn()
      await holdsWithin(mostMs, () => !outlets.isHeldUp && !outlets.isLoading)
    },
    finish: (mostMs) => {
      outlets.flush(mostMs)
      outlets.abandon()
    },
    end: (mostMs) => {
      outlets.flush(mostMs)
      // libuv joins its threads when a process ends, and one of them waits for a reader.
      if (outlets.isHeldUp) process.kill(process.pid, 'SIGKILL')
    },
  }
}

const stdoutFormat = (): ((line: string) => string) =>
  isTerminal() ? terminalLine({ colours: !process.env.NO_COLOR }) : (line) => line
