/** What a copyloop from which another one has taken over still has: connections, and totals. */
import { setTimeout as pause } from 'node:timers/promises'
import { nowMs } from '../../clock.ts'
import type { Log } from '../../log/log.ts'
import { followed } from '../followed.ts'
import type { StateOwner } from '../state-owner.ts'
import { currentSum } from '../workers/current-sum.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { TotalsByWorker } from '../workers/totals-by-worker.ts'
import type { Conversation } from './conversation.ts'
import type { FromSuccessor } from './messages.ts'
import { inParts } from './predecessor-totals.ts'

const FOLLOWED_WITHIN_MS = 1_000
const LOOK_EVERY_MS = 200

interface CountingParts {
  readonly owner: StateOwner
  readonly supervisor: Supervisor
  readonly totals: TotalsByWorker
  readonly log: Log
}

/** Tells the successor all that was counted. One that stands still is told the next time. */
export const tellTotals = async (
  talk: Conversation<FromSuccessor>,
  { supervisor, totals, log }: CountingParts,
): Promise<void> => {
  if (talk.hasUnsent) return
  const sum = await currentSum(supervisor, totals)
  sum.counts('worker').logLinesLost += log.linesLost
  for (const entries of inParts(sum)) talk.tell({ kind: 'totals', entries })
}

/**
 * Has the workers give their connections to those of the successor. Resolves with true once none is left, or after this
 * time; with false as soon as it is cancelled.
 *
 * @param takers where the successor's workers take them; none if they cannot
 */
export const connectionsFinished = async (
  withinMs: number,
  takers: readonly string[],
  { owner, supervisor, totals, log }: CountingParts,
  isCancelled: () => boolean,
): Promise<boolean> => {
  const deadlineMs = nowMs() + withinMs
  await followed(owner, FOLLOWED_WITHIN_MS)
  for (const [index, worker] of supervisor.workers.entries()) {
    const taker = takers[index % takers.length]
    if (taker !== undefined) worker.send({ kind: 'giveTo', taker })
  }
  const livingNow = () => supervisor.workers.reduce((sum, { id }) => sum + totals.activeIn(id), 0)
  if (takers.length === 0)
    log.logger.info(`${livingNow()} connections stay until they end: the new copyloop's engine takes none`)
  for (;;) {
    await currentSum(supervisor, totals)
    if (isCancelled()) return false
    const active = livingNow()
    const leftMs = deadlineMs - nowMs()
    if (active === 0 || leftMs <= 0) return true
    await pause(Math.min(LOOK_EVERY_MS, leftMs))
  }
}
