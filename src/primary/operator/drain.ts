/**
 * A stop, phase by phase:
 *
 *   asked ── drainDelay ──▶ listening ends ── drainTimeout ──▶ the rest is cut ── drainSpread ──▶ no worker is left
 *   /readyz: 503            the queue is                       as `drained`
 *                           still accepted
 *
 * A second request goes straight to its end, in every phase.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config } from '../../config/schema.ts'
import { DRAIN_AT_ONCE } from '../../serving/state.ts'
import type { ListeningSockets } from '../sockets/listeners.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { StopRequest } from './stop-request.ts'

export type DrainTimes = Pick<Config, 'drainDelayMs' | 'drainTimeoutMs' | 'drainSpreadMs'>

/** A drain has ended so long after its last phase at the latest. */
export const AFTER_DRAIN_MS = 3_000

/** When a stop has ended at the latest. */
export const stopMs = ({ drainDelayMs, drainTimeoutMs, drainSpreadMs }: DrainTimes): number =>
  drainDelayMs + drainTimeoutMs + drainSpreadMs + AFTER_DRAIN_MS

/** What the admin answers to `POST /drain`. */
export interface DrainAnswer {
  readonly draining: true
  /** A stop was under way already: it now cuts open connections short. */
  readonly atOnce: boolean
  readonly drainDelayMs: number
  readonly drainTimeoutMs: number
  readonly drainSpreadMs: number
  /** When copyloop has ended at the latest. */
  readonly endsWithinMs: number
}

export const drainAnswer = (times: DrainTimes, atOnce: boolean): DrainAnswer => {
  const { drainDelayMs, drainTimeoutMs, drainSpreadMs } = times
  const left = atOnce
    ? { drainDelayMs: 0, drainTimeoutMs: 0, drainSpreadMs: 0 }
    : { drainDelayMs, drainTimeoutMs, drainSpreadMs }
  return { draining: true, atOnce, ...left, endsWithinMs: stopMs(left) }
}

interface DrainParts {
  readonly stop: StopRequest
  readonly sockets: ListeningSockets
  readonly supervisor: Supervisor
  readonly logger: Logger
}

/** Keeps accepting for `drainDelay`, until the stop is hurried. */
export const delayDrain = async (reason: string, { drainDelayMs }: DrainTimes, { stop, logger }: DrainParts) => {
  if (drainDelayMs === 0) return
  logger.info(`${reason}: not ready any more; accepting goes on for ${drainDelayMs / 1000} s`)
  const over = new AbortController()
  await Promise.race([stop.hurried, pause(drainDelayMs, undefined, { signal: over.signal }).catch(() => {})])
  over.abort()
}

/** Ends accepting, then every connection, then the workers. */
export const drain = async (
  reason: string,
  { drainTimeoutMs, drainSpreadMs }: DrainTimes,
  { stop, sockets, supervisor, logger }: DrainParts,
): Promise<void> => {
  const spread = drainSpreadMs > 0 ? `; the rest is reset over ${drainSpreadMs / 1000} s` : ''
  logger.info(`${reason}: draining for at most ${drainTimeoutMs / 1000} s${spread}`)
  const drained = supervisor.drain(
    stop.isHurried ? DRAIN_AT_ONCE : { withinMs: drainTimeoutMs, spreadMs: drainSpreadMs },
  )
  void stop.hurried.then(() => supervisor.hurry())
  // The workers close theirs last, once they have accepted who waits: nobody would accept who comes to ours after that.
  sockets.closeAll()
  const { endedByThemselves, cutShort } = await drained
  logger.info(
    { endedByThemselves, cutShort },
    `drained: ${endedByThemselves} connections ended by themselves, ${cutShort} cut short`,
  )
}
