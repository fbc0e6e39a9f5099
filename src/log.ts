import { closeSync, fstatSync, openSync } from 'node:fs'
import { isatty } from 'node:tty'
import pino from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { Config, LogLevel } from './config/schema.ts'

type LogConfig = Config['log']

/** One process's log. Lines are buffered and written in the background: a slow disk or terminal does not stop the loop. */
export interface Log {
  readonly logger: pino.Logger
  /** One line a connection. Its lines do not depend on the level; absent when `log.access` is off. */
  readonly access: pino.Logger | undefined
  setLevel(level: LogLevel): void
  /** Opens the file anew, after it was renamed. */
  reopen(): void
  /** Writes out what is buffered, before it returns. */
  flush(): void
}

const STDOUT = 1
const BUFFER_BYTES = 4096
/** pipe(7): up to PIPE_BUF bytes are written whole, so that the lines of several workers do not mix. */
const PIPE_BUF = 4096
/** When the reader of our output is stuck, lines are dropped beyond this and the process lives on. */
const MOST_BUFFERED_BYTES = 16 * 1024 * 1024
const FLUSH_AFTER_MS = 100

/**
 * @param bindings fields that every line of this process carries, such as `{ worker: 1 }`
 * @throws the system's error if the log file cannot be opened
 */
export const openLog = (config: LogConfig, bindings: Record<string, unknown>): Log => {
  if (config.file !== undefined) closeSync(openSync(config.file, 'a'))
  const destination = pino.destination({
    dest: config.file ?? STDOUT,
    sync: false,
    minLength: BUFFER_BYTES,
    maxLength: MOST_BUFFERED_BYTES,
    ...(config.file === undefined && isPipe(STDOUT) ? { maxWrite: PIPE_BUF } : {}),
  })
  // A full disk or a closed pipe must not end the proxy, and there is nowhere left to say it.
  destination.on('error', () => {})
  const forPerson = config.file === undefined && isatty(STDOUT)
  const format = forPerson ? prettyFactory({ ignore: 'pid,hostname', colorize: !process.env.NO_COLOR }) : undefined
  let flushing = false
  const flush = (): void => {
    flushing = false
    destination.flush()
  }
  const stream = {
    write: (line: string): void => {
      destination.write(format ? format(line) : line)
      if (flushing) return
      flushing = true
      setTimeout(flush, FLUSH_AFTER_MS).unref()
    },
  }
  const logger = pino({ level: config.level, base: bindings, timestamp: pino.stdTimeFunctions.isoTime }, stream)
  return {
    logger,
    access: config.access ? logger.child({}, { level: 'info' }) : undefined,
    setLevel: (level) => {
      logger.level = level
    },
    reopen: () => {
      if (config.file !== undefined) destination.reopen()
    },
    flush: () => destination.flushSync(),
  }
}

const isPipe = (descriptor: number): boolean => {
  const kind = fstatSync(descriptor)
  return kind.isFIFO() || kind.isSocket()
}
