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
  /** How many lines could not be kept until they are written: the disk is full, or the reader is stuck. */
  readonly linesLost: number
  /** Why the file could not be opened at first. Lines wait, and it is tried again every second. */
  readonly trouble: NodeJS.ErrnoException | undefined
  /** Writes a line that is JSON already, whatever the level. */
  writeLine(line: string): void
  setLevel(level: LogLevel): void
  /** Opens the file anew, after it was renamed; `onOpened` hears how it went. Until it is open, lines go where they went before. */
  reopen(): void
  /** Writes out what is buffered, before it returns. It waits for a slow reader, but not for one that is stuck. */
  flush(): void
  /** Waits, for `mostMs` at most, while a reader that cannot be written to without waiting has not taken what it was given. */
  settled(mostMs: number): Promise<void>
  /** The last flush, on the process's `exit`, with a bound of its own: nothing of the log holds the process up after it. */
  end(mostMs: number): void
}

const LOOK_EVERY_MS = 5
const BLOCK_BYTES = 64 * 1024
const FLUSH_AFTER_MS = 100
/** A reader that takes nothing for so long is stuck, and must not hold up a stop… */
const PATIENCE_MS = 500
/** …nor may one that takes a little now and then. */
const MOST_MS = 1_000

/**
 * @param bindings fields that every line of this process carries, such as `{ worker: 1 }`
 * @param onOpened hears how it goes whenever the file is opened later
 */
export const openLog = (config: LogConfig, bindings: Record<string, unknown>, onOpened: OnOpened = () => {}): Log => {
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
  const logger = pino(
    { level: config.level, base: bindings, timestamp: pino.stdTimeFunctions.isoTime },
    { write: writeLine },
  )
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
      // libuv joins its threads at the end of a process, and one of them waits for a reader.
      if (queue.isHeldUp) process.kill(process.pid, 'SIGKILL')
    },
  }
}
