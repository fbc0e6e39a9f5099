import type { Config } from '../../config/schema.ts'
import type { Log } from '../../log/log.ts'
import type { Gather } from '../gather.ts'
import { linesLost } from '../log-losses.ts'
import type { StopRequest } from '../operator/stop-request.ts'
import { VERSION } from '../version.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import type { Administered } from './routes.ts'
import { countsByName, engineOf } from './stats-answer.ts'

export interface Parts {
  readonly config: Config
  readonly supervisor: Supervisor
  readonly gather: Gather
  readonly stop: StopRequest
  readonly log: Log
}

/** What the admin sees of the primary, put together from its parts. */
export const administered = ({ config, supervisor, gather, stop, log }: Parts): Administered => {
  const startedAtMs = performance.now()
  return {
    unreadiness: () => {
      if (stop.isAsked) return 'draining'
      if (!supervisor.isStarted) return 'starting'
      return supervisor.workers.some(({ state }) => state === 'serving') ? undefined : 'no worker serves at the moment'
    },
    stats: () => {
      const sum = gather.sum()
      const workers = supervisor.workers.map(({ id, pid, state, engine, rssBytes, eventLoopDelayP99Ms }) => ({
        id,
        pid,
        state,
        engine: engine ?? null,
        connectionsActive: gather.activeIn(id),
        rssBytes,
        eventLoopDelayP99Ms,
      }))
      return {
        version: VERSION,
        uptimeSeconds: Math.round(performance.now() - startedAtMs) / 1000,
        draining: stop.isAsked,
        engine: engineOf(workers, supervisor.engine ?? null),
        logLinesLost: linesLost(gather, log),
        ...countsByName(config, sum),
        workers,
      }
    },
    setLogLevel: (level) => {
      log.setLevel(level)
      supervisor.setLogLevel(level)
    },
  }
}
