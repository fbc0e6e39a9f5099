/** Logs the events in the workers' lives. */
import type { Logger } from 'pino'
import { processState } from '../../system/process-state.ts'
import type { WorkerEnd, WorkerProcess } from './worker-process.ts'

const nextOf = (nextInMs: number | undefined): string =>
  nextInMs === undefined ? 'it is not replaced' : `the next one starts in ${nextInMs} ms`

export const sayEnded = (
  logger: Logger,
  { id, pid }: WorkerProcess,
  { says: how }: WorkerEnd,
  connectionsLost: number,
  nextInMs: number | undefined,
): void => logger.warn({ worker: id, pid, how, connectionsLost }, `worker ended: ${how}; ${nextOf(nextInMs)}`)

/** @param error of fork(2): EAGAIN where the user has as many processes as allowed */
export const sayRefused = (logger: Logger, { message }: Error, nextInMs: number | undefined): void =>
  logger.warn({ error: message }, `a worker cannot be started: ${message}; ${nextOf(nextInMs)}`)

/** With what is known of it: it cannot say anything itself. */
export const sayUnresponsive = (
  logger: Logger,
  { id, pid, rssBytes, eventLoopDelayP99Ms }: WorkerProcess,
  silentMs: number,
  connectionsActive: number,
): void => {
  const doing = processState(pid)
  logger.error(
    { worker: id, pid, silentMs, connectionsActive, rssBytes, eventLoopDelayP99Ms },
    `worker ${id} has been silent for ${silentMs / 1000} s and is killed${doing ? `: ${doing}` : ''}`,
  )
}

/** Logs why a worker cannot use the first choice of engine: once, not once per worker. */
export const insteadSayer = (logger: Logger): ((reason: string) => void) => {
  let said = ''
  return (reason) => {
    if (reason !== said) logger.warn(reason)
    said = reason
  }
}
