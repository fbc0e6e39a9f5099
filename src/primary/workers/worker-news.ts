/** Logs the events in the workers' lives. */
import type { Logger } from 'pino'
import { processState } from '../../system/process-state.ts'
import type { LeftWorker } from './replacing/leaving.ts'
import type { WorkerEnd, WorkerProcess } from './worker-process.ts'

/** Whether it was to be there for its slot, had a successor already, or was to be one. */
export type WorkerRole = 'present' | 'leaving' | 'successor'

const WITHOUT_NEXT: Readonly<Record<WorkerRole, string>> = {
  present: 'it is not replaced',
  leaving: 'another had taken its place',
  successor: 'it had not taken the place of another yet',
}

const nextOf = (nextInMs: number | undefined, role: WorkerRole = 'present'): string =>
  nextInMs === undefined ? WITHOUT_NEXT[role] : `the next one starts in ${nextInMs} ms`

export const sayEnded = (
  logger: Logger,
  { id, pid }: WorkerProcess,
  { says: how }: WorkerEnd,
  connectionsLost: number,
  nextInMs: number | undefined,
  role: WorkerRole,
): void => logger.warn({ worker: id, pid, how, connectionsLost }, `worker ended: ${how}; ${nextOf(nextInMs, role)}`)

export const saySuccessor = (logger: Logger, { id, pid }: WorkerProcess, before: WorkerProcess): void =>
  logger.info({ worker: id, pid }, `worker ${id} takes the place of worker ${before.id}, which leaves`)

export const sayNotReplaced = (logger: Logger, { id, pid }: WorkerProcess, reason: string): void =>
  logger.error({ worker: id, pid, reason }, `worker ${id} goes on, because it cannot be replaced: ${reason}`)

/** It was told to, when another had taken its place. */
export const sayLeft = (logger: Logger, { id, pid }: WorkerProcess, left: LeftWorker): void => {
  const { endedByThemselves, cutShort, handedOver } = left
  logger.info(
    { worker: id, pid, handedOver, endedByThemselves, cutShort },
    `worker ${id} has left: ${handedOver} connections handed over, ${endedByThemselves} ended by themselves, ${cutShort} cut short`,
  )
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`

export const sayAboveMemory = (logger: Logger, { id, pid, rssBytes }: WorkerProcess, workerMemory: number): void =>
  logger.warn(
    { worker: id, pid, rssBytes, workerMemory },
    `worker ${id} has ${mebibytes(rssBytes)} of memory, above workerMemory: ${mebibytes(workerMemory)}; it is replaced`,
  )

/** Its predecessor was replaced for the same reason, not long ago. */
export const sayAboveAgain = (
  logger: Logger,
  { id, pid, rssBytes }: WorkerProcess,
  workerMemory: number,
  afterMs: number,
): void =>
  logger.warn(
    { worker: id, pid, rssBytes, workerMemory },
    `worker ${id} has ${mebibytes(rssBytes)} of memory, ${Math.round(afterMs / 1000)} s after the one before it was ` +
      `above workerMemory: ${mebibytes(workerMemory)}; it stays until a minute has passed: raise workerMemory`,
  )

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
