import { nowMs } from '../../clock.ts'
import type { Log } from '../../log/log.ts'
import { linesLost } from '../log/losses.ts'
import type { LogOpening } from '../log/opening.ts'
import type { RecentWarnings } from '../log/recent-warnings.ts'
import { areReopened, reopenLogs } from '../log/reopen-logs.ts'
import type { Names } from '../names/names.ts'
import { drainAnswer } from '../operator/drain.ts'
import type { ServersByHand } from '../operator/servers-by-hand.ts'
import type { Requests } from '../operator/signals.ts'
import type { StopRequest } from '../operator/stop-request.ts'
import type { RecentNames } from '../recent-names.ts'
import type { Reload } from '../reload/reload.ts'
import { WorkerReload } from '../reload/with-workers.ts'
import type { RosterEntry, ServerRoster } from '../servers/roster.ts'
import type { StateOwner } from '../state-owner.ts'
import { unreadiness } from '../unreadiness.ts'
import { VERSION } from '../version.ts'
import { currentSum } from '../workers/current-sum.ts'
import type { LastEnded } from '../workers/last-ended.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { TotalsByWorker } from '../workers/totals-by-worker.ts'
import { connectionsOf } from './connections/connections.ts'
import { readPageFiles } from './dashboard/page-files.ts'
import { EventStreams } from './events/event-streams.ts'
import { metricFamilies } from './metrics-answer.ts'
import type { AdminApi } from './routes.ts'
import { countsByName, engineOf, type StateFacts } from './stats-answer.ts'

export interface AdminParts {
  readonly owner: StateOwner
  readonly roster: ServerRoster
  readonly names: Names
  readonly servers: ServersByHand
  readonly supervisor: Supervisor
  readonly totals: TotalsByWorker
  readonly recentNames: RecentNames
  readonly lastEnded: LastEnded
  readonly reload: Reload
  readonly stop: StopRequest
  readonly requests: Pick<Requests, 'stop'>
  readonly log: Log
  readonly opening: LogOpening
  readonly warnings: RecentWarnings
  /** Called when somebody begins to look at the events, and when nobody does any more. */
  onWatched(isWatched: boolean): void
}

/** Makes the admin's view of the primary from its parts. */
export const adminApi = (parts: AdminParts): AdminApi => {
  const { owner, roster, names, servers, supervisor, totals, recentNames, lastEnded, reload, stop, log } = parts
  const startedAtMs = performance.now()
  const api: AdminApi = {
    servers,
    reload,
    workerReload: new WorkerReload(reload, supervisor),
    connections: connectionsOf(supervisor, { lastEnded, config: () => reload.config, state: () => owner.state }),
    dashboard: readPageFiles(),
    events: new EventStreams({ ...parts, stats: () => api.stats(), logger: log.logger }),
    unreadiness: () => unreadiness(stop, supervisor),
    stats: async () => {
      const sum = await currentSum(supervisor, totals)
      const workers = supervisor.workers.map((worker) => {
        const { id, pid, state, engine, rssBytes, eventLoopDelayP99Ms } = worker
        return {
          id,
          pid,
          state,
          engine: engine ?? null,
          stateVersion: owner.versionOf(worker),
          connectionsActive: totals.activeIn(id),
          rssBytes,
          eventLoopDelayP99Ms,
        }
      })
      return {
        version: VERSION,
        uptimeSeconds: Math.round(performance.now() - startedAtMs) / 1000,
        draining: stop.isAsked,
        engine: engineOf(workers, supervisor.engine ?? null),
        logLinesLost: linesLost(totals, log),
        stateVersion: owner.state.version,
        reloads: { ...reload.counts },
        ...countsByName(owner.state, sum, {
          factsOf: (upstream, server) => stateFacts(roster.get(upstream, server)),
          discoveryOf: (upstream) => names.discoveryOf(upstream),
        }),
        workers,
      }
    },
    metrics: async () => {
      const sum = await currentSum(supervisor, totals)
      const { workers } = supervisor
      const { counts: reloads } = reload
      const logLinesLost = linesLost(totals, log)
      return metricFamilies({ state: owner.state, sum, recentNames, workers, reloads, logLinesLost })
    },
    setLogLevel: (level) => {
      owner.edit((state) => ({ ...state, log: { ...state.log, level } }))
      log.follow(owner.state.log)
    },
    reopenLogs: () => {
      reopenLogs('POST /log/reopen', parts, supervisor)
      return areReopened(parts.opening)
    },
    drain: () => {
      parts.requests.stop('POST /drain')
      return drainAnswer(reload.config, stop.isHurried)
    },
  }
  return api
}

const stateFacts = (entry: RosterEntry | undefined): StateFacts => {
  const { check, ejection } = entry?.facts ?? {}
  return {
    stateReason: entry?.reason ?? '',
    lastCheckMs: check?.lastMs ?? null,
    ejectedForMs: ejection?.isEjected ? nowMs() - ejection.sinceMs : null,
  }
}
