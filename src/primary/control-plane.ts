import type { Logger } from 'pino'
import { hostMs, nowMs } from '../clock.ts'
import type { Config } from '../config/schema.ts'
import { stateOf } from '../serving/of-config.ts'
import { Ejections } from './health/ejections.ts'
import { HealthChecks } from './health/health-checks.ts'
import { SharedLimits } from './limits/shared-limits.ts'
import { Names } from './names/names.ts'
import { ServersByHand } from './operator/servers-by-hand.ts'
import { RecentNames } from './recent-names.ts'
import { ServerRoster } from './servers/roster.ts'
import { withUpSince } from './servers/slow-starts.ts'
import type { ListeningSockets } from './sockets/listeners.ts'
import { StateOwner } from './state-owner.ts'
import { LastEnded } from './workers/last-ended.ts'
import { TotalsByWorker } from './workers/totals-by-worker.ts'

/** How often names, and counts of names, that are not known any longer are forgotten. */
const FORGET_EVERY_MS = 60_000

/** The serving state, and all that edits it or is learnt from those who serve it. */
export interface ControlPlane {
  readonly owner: StateOwner
  readonly limits: SharedLimits
  readonly totals: TotalsByWorker
  readonly recentNames: RecentNames
  readonly lastEnded: LastEnded
  readonly roster: ServerRoster
  readonly names: Names
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
    (edited, oldestServed, before) =>
      limits.nameCells(withUpSince(before, roster?.complete(edited) ?? edited, hostMs(nowMs())), oldestServed),
  )
  const recentNames = new RecentNames(owner)
  const totals = totalsOf(recentNames, logger)
  const forgetting = setInterval(() => {
    recentNames.forget()
    totals.forget()
  }, FORGET_EVERY_MS).unref()
  roster = new ServerRoster(owner, logger, totals.own)
  const ejections = new Ejections(owner, roster)
  const checks = new HealthChecks(roster, totals.own, ejections)
  owner.watch((edited) => {
    roster.prune()
    ejections.follow(edited)
    checks.follow(edited)
  })
  const names = new Names(config.upstreams, roster, logger)
  return {
    owner,
    limits,
    totals,
    recentNames,
    lastEnded: new LastEnded(),
    roster,
    names,
    ejections,
    servers: new ServersByHand(owner, roster, ejections, logger),
    close: () => {
      clearInterval(forgetting)
      names.close()
      checks.close()
      ejections.close()
      owner.close()
      limits.close()
    },
  }
}

const totalsOf = (names: RecentNames, logger: Logger): TotalsByWorker =>
  new TotalsByWorker(names, (worker, ignoredSoFar) => {
    // Logged once: a defective worker may send thousands.
    if (ignoredSoFar === 1) logger.warn({ worker }, 'a worker sent an impossible report; such reports are ignored')
  })
