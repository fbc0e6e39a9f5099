import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import type { LogConfig, LogLevel } from '../config/schema.ts'
import { BlockQueue } from './block-queue.ts'
import { LineBuffer } from './line-buffer.ts'
import { LogFile, type OnOpened } from './log-file.ts'
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
  setLevel(level: LogLevel): void
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
const BLOCK_BYTES = 64 * 1024
const FLUSH_AFTER_MS = 100
/** A reader that takes nothing for this long is stuck, and must not hold up a stop… */
const PATIENCE_MS = 500
/** …nor may one that takes a little now and then. */
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
  const queue = new BlockQueue()
  let isFlushing = false
  const take = (block: Buffer): void => (isFlushing ? queue.keep(block) : queue.add(block))
  const lines = new LineBuffer(take, BLOCK_BYTES, FLUSH_AFTER_MS)
  const file = config.file === undefined ? undefined : new LogFile(config.file, queue, onOpened)
  const trouble = file?.open()
  if (file === undefined) queue.changeTarget(stdoutTarget())

  const format =
    file === undefined && isTerminal() ? terminalLine({ colours: !process.env.NO_COLOR }) : (line: string) => line
  const writeLine = (line: string): void => lines.add(format(line))
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
  const flush = (mostMs = MOST_MS): void => {
    isFlushing = true
    lines.flush()
    isFlushing = false
    queue.flush(PATIENCE_MS, mostMs)
  }
  return {
    logger,
    trouble,
    get linesLost() {
      return queue.linesLost
    },
    writeLine,
    setLevel: (level) => {
      logger.level = level
    },
    reopen: () => {
      if (file === undefined) onOpened()
      else file.reopen()
    },
    flush: () => flush(),
    settled: async (mostMs) => {
      lines.flush()
      const untilMs = performance.now() + mostMs
      while (queue.isHeldUp && performance.now() < untilMs) await pause(LOOK_EVERY_MS)
    },
    end: (mostMs) => {
      flush(mostMs)
      // libuv joins its threads when a process ends, and one of them waits for a reader.
      if (queue.isHeldUp) process.kill(process.pid, 'SIGKILL')
    },
  }
}
