import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { isatty } from 'node:tty'
import pino from 'pino'
import { prettyFactory } from 'pino-pretty'
import sonicBoom from 'sonic-boom'
import type { LogConfig, LogLevel } from '../config/schema.ts'
import { LineBuffer } from './line-buffer.ts'

/** One process's log. Lines are buffered and written in the background: a slow disk or terminal does not stop the loop. */
export interface Log {
  readonly logger: pino.Logger
  /** How many lines could not be kept until they are written: the disk is full, or the reader is stuck. */
  readonly linesLost: number
  /** Writes a line that is JSON already, whatever the level. */
  writeLine(line: string): void
  setLevel(level: LogLevel): void
  /** Opens the file anew, after it was renamed. */
  reopen(): void
  /** Writes out what is buffered, before it returns. It waits for a slow reader, but not for one that is stuck. */
  flush(): void
}

const STDOUT = 1
const FILE_BLOCK_BYTES = 64 * 1024
/** pipe(7): up to PIPE_BUF bytes are written whole, so that the lines of several workers do not mix. */
const PIPE_BUF = 4096
/** When the reader of our output is stuck, lines are dropped beyond this and the process lives on. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024
const LF = 0x0a
const FLUSH_AFTER_MS = 100
/** A reader that takes nothing for so long is stuck, and must not hold up a stop. */
const GIVE_UP_AFTER_MS = 1_000

/**
 * @param bindings fields that every line of this process carries, such as `{ worker: 1 }`
 * @throws the system's error if the log file cannot be opened
 */
export const openLog = (config: LogConfig, bindings: Record<string, unknown>): Log => {
  // sonic-boom opens it later, when it is too late to say that it can't.
  if (config.file !== undefined) closeSync(openSync(config.file, 'a'))
  const blockBytes = config.file === undefined && isPipe(STDOUT) ? PIPE_BUF : FILE_BLOCK_BYTES
  let flushing: ((bytesLeft: number) => boolean) | undefined
  const destination = new sonicBoom.SonicBoom({
    ...(config.file === undefined ? { fd: ownPipe() ?? STDOUT } : { dest: config.file, append: true }),
    sync: false,
    contentMode: 'buffer',
    maxLength: MOST_WAITING_BYTES,
    maxWrite: blockBytes,
    retryEAGAIN: (_error, writing, waiting) => flushing?.(writing + waiting) ?? true,
  })
  let linesLost = 0
  destination.on('drop', (block: Buffer) => {
    linesLost += linesIn(block)
  })
  // A full disk or a closed pipe must not end the proxy: it is tried again with the next block.
  destination.on('error', () => {})
  // Its typings know of strings only; in this mode it takes buffers.
  const lines = new LineBuffer(
    (block) => void destination.write(block as unknown as string),
    blockBytes,
    FLUSH_AFTER_MS,
  )
  const forPerson = config.file === undefined && isatty(STDOUT)
  const format = forPerson ? prettyFactory({ ignore: 'pid,hostname', colorize: !process.env.NO_COLOR }) : undefined
  const writeLine = (line: string): void => lines.add(format ? format(line) : line)
  const logger = pino(
    { level: config.level, base: bindings, timestamp: pino.stdTimeFunctions.isoTime },
    { write: writeLine },
  )
  return {
    logger,
    get linesLost() {
      return linesLost
    },
    writeLine,
    setLevel: (level) => {
      logger.level = level
    },
    reopen: () => {
      if (config.file !== undefined) destination.reopen()
    },
    flush: () => {
      lines.flush()
      flushing = patience(GIVE_UP_AFTER_MS)
      try {
        destination.flushSync()
      } catch {
        // What cannot be written now is lost, and nobody is left to hear it.
      } finally {
        flushing = undefined
      }
    },
  }
}

const linesIn = (block: Buffer): number => {
  let lines = 0
  for (const byte of block) if (byte === LF) lines += 1
  return lines
}

/** Answers whether to go on: false once `bytesLeft` has not become less for `ms`. */
const patience = (ms: number): ((bytesLeft: number) => boolean) => {
  let least = Number.POSITIVE_INFINITY
  let untilMs = 0
  return (bytesLeft) => {
    const now = performance.now()
    if (bytesLeft < least) untilMs = now + ms
    least = Math.min(least, bytesLeft)
    return now < untilMs
  }
}

/**
 * A pipe on stdout, opened once more so that it stays non-blocking: stdout's own description is shared, and every
 * process of Node that exits makes it blocking again for all the others. Undefined if it is no pipe, or without /proc.
 */
const ownPipe = (): number | undefined => {
  try {
    if (!fstatSync(STDOUT).isFIFO()) return undefined
    return openSync(`/proc/self/fd/${STDOUT}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}

const isPipe = (descriptor: number): boolean => {
  const kind = fstatSync(descriptor)
  return kind.isFIFO() || kind.isSocket()
}
