import { holdsWithin } from '../../clock.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { PrimaryLog } from './primary-log.ts'

/** A file that cannot be opened is tried again after a second. */
const REOPENED_WITHIN_MS = 1_500

type Reopened = Pick<PrimaryLog, 'log' | 'opening'>

/** Has every process reopen its log files after they were renamed. @param asked what asks for it: a signal, or a request */
export const reopenLogs = (
  asked: string,
  { log, opening }: Reopened,
  supervisor: Pick<Supervisor, 'workers' | 'tell'>,
): void => {
  opening.begin(asked, supervisor.workers)
  log.reopen()
  supervisor.tell({ kind: 'reopenLog' })
}

/** Whether every process has reopened its files; waits for them for a second and a half. */
export const areReopened = (opening: Pick<PrimaryLog['opening'], 'isDone'>): Promise<boolean> =>
  holdsWithin(REOPENED_WITHIN_MS, () => opening.isDone)
