import { EXIT } from '../exit.ts'
import type { PrimaryLog } from '../log/primary-log.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { Requests } from './signals.ts'
import type { StopRequest } from './stop-request.ts'

/** What each of the operator's requests does. */
export const operatorRequests = (
  stop: StopRequest,
  supervisor: Supervisor,
  { log, opening }: PrimaryLog,
): Requests => ({
  stop: (reason) => {
    if (!stop.isAsked) return stop.ask({ reason, exitCode: EXIT.done })
    log.logger.info(`${reason} while draining: stopping at once, open connections are cut short`)
    stop.hurry()
  },
  reload: () => log.logger.info('SIGHUP: a changed configuration needs a restart in this version'),
  reopenLogs: () => {
    opening.begin('SIGUSR2', supervisor.workers)
    log.reopen()
    supervisor.reopenLogs()
  },
})
