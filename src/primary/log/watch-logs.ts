import type { Supervisor } from '../workers/supervisor.ts'
import type { TotalsByWorker } from '../workers/totals-by-worker.ts'
import { LOOK_EVERY_MS, linesLost, lossLogger } from './losses.ts'
import type { PrimaryLog } from './primary-log.ts'

/** Reports lines that any process loses, and logs that are reopened, until the returned function is called. */
export const watchLogs = (
  { log, opening }: PrimaryLog,
  totals: TotalsByWorker,
  supervisor: Pick<Supervisor, 'workers'>,
): (() => void) => {
  const sayLosses = lossLogger(log.logger)
  const look = (): void => sayLosses(linesLost(totals, log))
  const timer = setInterval(() => {
    look()
    opening.look(supervisor.workers)
  }, LOOK_EVERY_MS)
  return () => {
    clearInterval(timer)
    // What workers had to leave behind at their end.
    look()
  }
}
