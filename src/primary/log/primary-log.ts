import type { LogConfig } from '../../config/schema.ts'
import { type Log, openLog } from '../../log/log.ts'
import { FifoUnread } from '../../log/log-file.ts'
import { StartFailed } from '../exit.ts'
import { LogOpening } from './opening.ts'
import { RecentWarnings } from './recent-warnings.ts'

export interface PrimaryLog {
  readonly log: Log
  /** Logs whether logs were reopened. */
  readonly opening: LogOpening
  /** The last warnings and errors, its own and those that workers tell of. */
  readonly warnings: RecentWarnings
}

/**
 * A FIFO without a reader does not hold up the start: lines wait for the reader. As no line can report that, stderr does.
 *
 * @throws {StartFailed} if a file cannot be opened
 */
export const openPrimaryLog = (config: LogConfig): PrimaryLog => {
  const warnings = new RecentWarnings()
  const log = openLog(
    config,
    {},
    {
      onOpened: (error) => opening.answered(error?.message),
      onWarning: (line) => warnings.add(line),
    },
  )
  const opening = new LogOpening(log.logger)
  for (const { key, error } of log.troubles) {
    const { message } = error
    if (!(error instanceof FifoUnread))
      throw new StartFailed(`the log cannot be opened: ${message}; change ${key} or its permissions`, { cause: error })
    opening.answered(message)
    process.stderr.write(`${message}: log lines wait until it has one\n`)
  }
  return { log, opening, warnings }
}
