import type { Log } from '../../log/log.ts'
import type { TotalsByWorker } from '../workers/totals-by-worker.ts'

/** Lines that all processes have lost so far, including dead ones. */
export const linesLost = (totals: TotalsByWorker, ownLog: Log): number => totals.linesLost + ownLog.linesLost

/** How often losses are checked, and so the most often that they are logged. */
export const LOOK_EVERY_MS = 1_000
/** After this many checks without a loss it is over. */
const QUIET_LOOKS = 5

/**
 * Warns while lines are lost, and once when that has ended. Only the primary does: a worker's warning would go into the
 * same full log, and be lost and counted itself.
 *
 * @returns the check: call it every `LOOK_EVERY_MS` with the number of lines lost so far
 */
export const lossLogger = (logger: { warn(fields: object, says: string): void }): ((lostSoFar: number) => void) => {
  let before = 0
  let quietLooks = QUIET_LOOKS
  return (logLinesLost) => {
    if (logLinesLost > before) {
      quietLooks = 0
      logger.warn({ logLinesLost }, 'log lines are lost: the disk is full, or the reader of the log is stuck')
    } else if (quietLooks < QUIET_LOOKS) {
      quietLooks += 1
      if (quietLooks === QUIET_LOOKS) logger.warn({ logLinesLost }, 'no more log lines are lost')
    }
    before = logLinesLost
  }
}
