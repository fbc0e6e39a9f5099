import { nowMs } from '../../clock.ts'
import type { Config } from '../../config/schema.ts'
import type { Log } from '../../log/log.ts'
import type { Totals } from '../../stats/totals.ts'
import { linesLost } from '../log/losses.ts'
import type { RecentWarnings } from '../log/recent-warnings.ts'
import type { Names } from '../names/names.ts'
import { drainAnswer } from '../operator/drain.ts'
import type { ServersByHand } from '../operator/servers-by-hand.ts'
import type { Requests } from '../operator/signals.ts'
import type { StopRequest } from '../operator/stop-request.ts'
import type { RecentNames } from '../recent-names.ts'
import type { RosterEntry, ServerRoster } from '../servers/roster.ts'
import type { StateOwner } from '../state-owner.ts'
import { VERSION } from '../version.ts'
import type { LastEnded } from '../workers/last-ended.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { TotalsByWorker } from '../workers/totals-by-worker.ts'
import { connectionsOf } from './connections.ts'
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
  readonly config: Config
  readonly stop: StopRequest
  readonly requests: Pick<Requests, 'stop'>
  readonly log: Log
  readonly warnings: RecentWarnings
  /** Called when somebody begins to look at the events, and when nobody does any more. */
  onWatched(isWatched: boolean): void
}

/** If a worker takes longer, its last report is used. */
const ANSWER_WITHIN_MS = 250

/** Makes the admin's view of the primary from its parts. */
export const adminApi = (parts: AdminParts): AdminApi => {
  const { owner, roster, names, servers, supervisor, totals, recentNames, lastEnded, config, stop, log } = parts
  const startedAtMs = performance.now()
  /** Workers report twice a second; when asked, they report before they answer. A silent one is not waited for. */
  const currentSum = async (): Promise<Totals> => {
    await supervisor.ask('report', ANSWER_WITHIN_MS, undefined)
    return totals.sum()
  }
  const api: AdminApi = {
    servers,
    connections: connectionsOf(supervisor, lastEnded, config),
    dashboard: readPageFiles(),
    events: new EventStreams({ ...parts, stats: () => api.stats(), logger: log.logger }),
    unreadiness: () => {
      if (stop.isAsked) return 'draining'
      if (!supervisor.isStarted) return 'starting'
      return supervisor.workers.some(({ state }) => state === 'serving') ? undefined : 'no worker serves at the moment'
    },
    stats: async () => {
      const sum = await currentSum()
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
        ...countsByName(owner.state, sum, {
          factsOf: (upstream, server) => stateFacts(roster.get(upstream, server)),
          discoveryOf: (upstream) => names.discoveryOf(upstream),
        }),
        workers,
      }
    },
    metrics: async () => {
      const sum = await currentSum()
      const { workers } = supervisor
      return metricFamilies({ state: owner.state, sum, recentNames, workers, logLinesLost: linesLost(totals, log) })
    },
    setLogLevel: (level) => {
      log.setLevel(level)
      owner.edit((state) => ({ ...state, logLevel: level }))
    },
    drain: () => {
      parts.requests.stop('POST /drain')
      return drainAnswer(config, stop.isHurried)
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
