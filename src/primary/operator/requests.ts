import { EXIT } from '../exit.ts'
import type { PrimaryLog } from '../log/primary-log.ts'
import { reopenLogs } from '../log/reopen-logs.ts'
import type { Reload } from '../reload/reload.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { Requests } from './signals.ts'
import type { StopRequest } from './stop-request.ts'

/**
 * What each of the operator's requests does.
 *
 * @param reload undefined where there is no config to read anew: a hang-up then stops, as it does programs that do not know it
 */
export const operatorRequests = (
  stop: StopRequest,
  supervisor: Supervisor,
  { log, opening }: PrimaryLog,
  reload: Reload | undefined,
): Requests => {
  const stopBecause = (reason: string): void => {
    if (!stop.isAsked) return stop.ask({ reason, exitCode: EXIT.done })
    log.logger.info(`${reason} while draining: stopping at once, open connections are cut short`)
    stop.hurry()
  }
  return {
    stop: stopBecause,
    hangUp: () => {
      if (reload === undefined) return stopBecause('SIGHUP')
      reload.apply('SIGHUP').catch((err) => log.logger.error({ err }, 'SIGHUP: a defect ended the reload'))
    },
    reopenLogs: () => reopenLogs('SIGUSR2', { log, opening }, supervisor),
  }
}
