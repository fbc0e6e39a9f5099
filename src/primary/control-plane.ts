import type { Logger } from 'pino'
import type { Config } from '../config/schema.ts'
import { stateOf } from '../serving/edits.ts'
import { SharedLimits } from './limits/shared-limits.ts'
import { ServerRoster } from './servers/roster.ts'
import type { ListeningSockets } from './sockets/listeners.ts'
import { StateOwner } from './state-owner.ts'
import { TotalsByWorker } from './workers/totals-by-worker.ts'

/** The serving state, and all that edits it or is learnt from those who serve it. */
export interface ControlPlane {
  readonly owner: StateOwner
  readonly limits: SharedLimits
  readonly totals: TotalsByWorker
  readonly roster: ServerRoster
  /** When no worker is left. */
  close(): void
}

export const openControlPlane = (
  config: Config,
  sockets: ListeningSockets,
  workers: number,
  logger: Logger,
): ControlPlane => {
  const state = stateOf(config, (listener) => sockets.numbersOf(listener))
  const limits = new SharedLimits(workers, logger)
  const owner = new StateOwner(state, sockets, (edited, oldestServed) => limits.nameCells(edited, oldestServed))
  const roster = new ServerRoster(owner, logger)
  return {
    owner,
    limits,
    totals: totalsFor(owner, logger),
    roster,
    close: () => {
      owner.close()
      limits.close()
    },
  }
}

const totalsFor = (owner: StateOwner, logger: Logger): TotalsByWorker =>
  new TotalsByWorker(owner, (worker, ignoredSoFar) => {
    // Logged once: a defective worker may send thousands.
    if (ignoredSoFar === 1) logger.warn({ worker }, 'a worker sent an impossible report; such reports are ignored')
  })
