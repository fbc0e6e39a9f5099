import { EXIT } from '../exit.ts'
import type { PrimaryLog } from '../log/primary-log.ts'
import { reopenLogs } from '../log/reopen-logs.ts'
import type { Reload } from '../reload/reload.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { Requests } from './signals.ts'
import type { StopRequest } from './stop-request.ts'

/** What each of the operator's requests does. */
export const operatorRequests = (
  stop: StopRequest,
  supervisor: Supervisor,
  { log, opening }: PrimaryLog,
  reload: Reload,
): Requests => ({
  stop: (reason) => {
    if (!stop.isAsked) return stop.ask({ reason, exitCode: EXIT.done })
    log.logger.info(`${reason} while draining: stopping at once, open connections are cut short`)
    stop.hurry()
  },
  reload: () => {
    reload.apply('SIGHUP').catch((err) => log.logger.error({ err }, 'SIGHUP: a defect ended the reload'))
  },
  reopenLogs: () => reopenLogs('SIGUSR2', { log, opening }, supervisor),
})
