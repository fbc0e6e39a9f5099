import type { Log } from '../../log/log.ts'
import type { TotalsByWorker } from '../workers/totals-by-worker.ts'

/** Lines that all processes have lost so far, the dead ones included. */
export const linesLost = (totals: TotalsByWorker, ownLog: Log): number => totals.linesLost + ownLog.linesLost

/** How often it is looked at, and so the most often that it is said. */
export const LOOK_EVERY_MS = 1_000
/** Without a loss for so many looks it is over. */
const QUIET_LOOKS = 5

/**
 * Warns while lines are lost, and once when none is any more. Only the primary does: what a worker said would go into
 * the log that is full, and be lost and counted itself.
 *
 * @returns the look: call it every `LOOK_EVERY_MS` with how many lines were lost so far
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
