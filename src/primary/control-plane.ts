import type { Logger } from 'pino'
import type { Config } from '../config/schema.ts'
import { stateOf } from '../serving/edits.ts'
import { Ejections } from './health/ejections.ts'
import { HealthChecks } from './health/health-checks.ts'
import { SharedLimits } from './limits/shared-limits.ts'
import { ServersByHand } from './operator/servers-by-hand.ts'
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
  readonly ejections: Ejections
  readonly servers: ServersByHand
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
  let roster: ServerRoster | undefined
  const owner = new StateOwner(
    state,
    sockets,
    // There are no servers to complete before the roster is there: the first state comes of the config.
    (edited, oldestServed) => limits.nameCells(roster?.complete(edited) ?? edited, oldestServed),
  )
  const totals = totalsFor(owner, logger)
  roster = new ServerRoster(owner, logger, totals.own)
  const ejections = new Ejections(owner, roster)
  const checks = new HealthChecks(roster, totals.own, (upstream, server) =>
    ejections.end(upstream, server, 'its check passes'),
  )
  owner.watch((edited) => {
    roster.prune()
    ejections.follow(edited)
    checks.follow(edited)
  })
  return {
    owner,
    limits,
    totals,
    roster,
    ejections,
    servers: new ServersByHand(owner, roster, ejections, logger),
    close: () => {
      checks.close()
      ejections.close()
      owner.close()
      limits.close()
    },
  }
}

const totalsFor = (owner: StateOwner, logger: Logger): TotalsByWorker =>
  new TotalsByWorker(owner.names, (worker, ignoredSoFar) => {
    // Logged once: a defective worker may send thousands.
    if (ignoredSoFar === 1) logger.warn({ worker }, 'a worker sent an impossible report; such reports are ignored')
  })
