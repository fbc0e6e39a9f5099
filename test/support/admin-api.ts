import { pino } from 'pino'
import type { Config } from '../../src/config/schema.ts'
import { EventStreams } from '../../src/primary/admin/events/event-streams.ts'
import type { AdminApi } from '../../src/primary/admin/routes.ts'
import type { Stats } from '../../src/primary/admin/stats-answer.ts'
import { RecentWarnings } from '../../src/primary/log/recent-warnings.ts'
import { drainAnswer } from '../../src/primary/operator/drain.ts'

export const silent = pino({ level: 'silent' })

/** What the admin shows where nothing runs; a test gives what it is about. */
export const idleApi = (given: Partial<AdminApi> = {}): AdminApi => {
  const api: AdminApi = {
    unreadiness: () => undefined,
    stats: async () => ({ version: '1' }) as Stats,
    metrics: async () => [],
    connections: {
      list: async () => ({ total: 0, returned: 0, partial: false, connections: [] }),
      unknownIn: async () => undefined,
      find: async () => undefined,
      kill: async () => false,
    },
    setLogLevel: () => {},
    reopenLogs: async () => true,
    drain: () => drainAnswer({ drainDelayMs: 0, drainTimeoutMs: 30_000, drainSpreadMs: 0 }, false),
    servers: { upstreams: () => [], serversOf: () => [], set: () => Promise.reject() as never },
    workerReload: { apply: () => Promise.reject() },
    reload: { config: {} as Config, plan: () => Promise.reject() as never, apply: () => Promise.reject() as never },
    dashboard: new Map(),
    events: new EventStreams({
      stats: () => api.stats(),
      warnings: new RecentWarnings(),
      logger: silent,
      onWatched: () => {},
    }),
    ...given,
  }
  return api
}
