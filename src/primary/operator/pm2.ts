import type { Logger } from 'pino'
import { AFTER_DRAIN_MS, type DrainTimes, stopMs } from './drain.ts'
import type { StopRequest } from './stop-request.ts'

/** What pm2 tells a process that it starts: it puts the settings of its app into the environment. */

/** pm2's own, where the app sets none. */
const DEFAULT_KILL_TIMEOUT_MS = 1_600

/** It numbers the apps that it starts. */
export const isUnderPm2 = (environment = process.env): boolean => environment.pm_id !== undefined

/** Says what is wrong when pm2 would kill a stopping copyloop before its drain has ended; otherwise undefined. */
export const killTimeoutWarning = (times: DrainTimes, environment = process.env): string | undefined => {
  if (!isUnderPm2(environment)) return undefined
  const killTimeoutMs = Number(environment.kill_timeout ?? environment.PM2_KILL_TIMEOUT ?? DEFAULT_KILL_TIMEOUT_MS)
  const needed = stopMs(times)
  if (Number.isNaN(killTimeoutMs) || killTimeoutMs >= needed) return undefined
  return (
    `pm2 kills a stopping process after kill_timeout, ${killTimeoutMs} ms, and cuts its connections, though ` +
    `${keysIn(times)} may take ${(needed - AFTER_DRAIN_MS) / 1000} s: set kill_timeout to ${needed} or more, or lower ${keysIn(times)}`
  )
}

/**
 * pm2 starts an app again whenever it ends by itself. So one that another copyloop has taken over from waits, without workers
 * and sockets, until pm2 ends it.
 */
export const untilPm2Ends = async (
  stop: Pick<StopRequest, 'hurried'>,
  logger: Pick<Logger, 'info'>,
  environment = process.env,
): Promise<void> => {
  if (!isUnderPm2(environment)) return
  logger.info(`all is handed over, and pm2 would start this app again: it waits for pm2 delete ${environment.name}`)
  await stop.hurried
}

/** Those that make a stop longer. */
const keysIn = ({ drainDelayMs, drainSpreadMs }: DrainTimes): string =>
  [...(drainDelayMs > 0 ? ['drainDelay'] : []), 'drainTimeout', ...(drainSpreadMs > 0 ? ['drainSpread'] : [])].join(
    ' + ',
  )
