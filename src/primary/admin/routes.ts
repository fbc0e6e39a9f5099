import type { Context } from 'hono'
import { z } from 'zod'
import { LOG_LEVELS, type LogLevel } from '../../config/sections/log.ts'
import type { Family } from '../../stats/prometheus.ts'
import type { DrainAnswer } from '../operator/drain.ts'
import type { WorkerReload } from '../reload/with-workers.ts'
import { killConnection, listConnections, showConnection } from './connections/connection-routes.ts'
import type { Connections } from './connections/connections.ts'
import { answerAsset, answerPage } from './dashboard/answer-page.ts'
import type { PageFiles } from './dashboard/page-files.ts'
import { answerEvents } from './events/answer-events.ts'
import type { EventStreams } from './events/event-streams.ts'
import type { LargeAnswers } from './large-answers.ts'
import { putServer, type SettableServers } from './put-server.ts'
import { readJson } from './read-json.ts'
import { getConfig, postReload, type ReloadableConfig } from './reload-routes.ts'
import type { Stats } from './stats-answer.ts'

/** What the admin can read and change. */
export interface AdminApi {
  /** Why not every listener is served now; undefined if all are. */
  unreadiness(): string | undefined
  /** Current, except for workers that do not answer in time. */
  stats(): Promise<Stats>
  /** As current as `stats`. */
  metrics(): Promise<readonly Family[]>
  setLogLevel(level: LogLevel): void
  /** Has every process reopen its log files. Resolves soon, with whether all have. */
  reopenLogs(): Promise<boolean>
  /** Drains and stops, as SIGTERM does. */
  drain(): DrainAnswer
  readonly servers: SettableServers
  readonly connections: Connections
  readonly reload: ReloadableConfig
  readonly workerReload: Pick<WorkerReload, 'apply'>
  readonly dashboard: PageFiles
  readonly events: EventStreams
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  /** The path as it is shown, where it has parameters. */
  readonly shownAs?: string
  readonly says: string
  answer(context: Context, api: AdminApi, large: LargeAnswers): Response | Promise<Response>
}

const logLevelRequest = z.strictObject({ level: z.enum(LOG_LEVELS) })

const putLogLevel: Route['answer'] = async (context, api) => {
  const read = await readJson(context, logLevelRequest, `{"level": one of ${LOG_LEVELS.join(', ')}}`)
  if ('refusal' in read) return read.refusal
  api.setLogLevel(read.body.level)
  return context.json(read.body)
}

const postLogReopen: Route['answer'] = async (context, api) => {
  if (await api.reopenLogs()) return context.json({ reopened: true })
  const error = 'not every process has reopened its log files yet; its log says why'
  return context.json({ reopened: false, error }, 503)
}

/** The one list of the admin's routes. Any other path gets 404, with this list. */
export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/',
    says: 'the dashboard, for a browser',
    answer: (context, { dashboard }) => answerPage(context, dashboard),
  },
  {
    method: 'GET',
    path: '/assets/:file{.+}',
    shownAs: '/assets/FILE',
    says: 'what the dashboard is made of',
    answer: (context, { dashboard }) => answerAsset(context, dashboard),
  },
  {
    method: 'GET',
    path: '/events',
    says: 'the stats once a second and the last warnings of the log, as Server-Sent Events',
    answer: (context, { events }) => answerEvents(context, events),
  },
  {
    method: 'GET',
    path: '/healthz',
    says: '200 while the primary lives',
    answer: (context) => context.json({ healthy: true }),
  },
  {
    method: 'GET',
    path: '/readyz',
    says: '200 while every listener is served, else 503 and the reason',
    answer: (context, api) => {
      const reason = api.unreadiness()
      return reason === undefined ? context.json({ ready: true }) : context.json({ ready: false, reason }, 503)
    },
  },
  {
    method: 'GET',
    path: '/stats',
    says: 'everything that is counted, and the workers',
    answer: (context, _, large) => large.stats(context),
  },
  {
    method: 'GET',
    path: '/metrics',
    says: 'everything that is counted, for Prometheus',
    answer: (context, _, large) => large.metrics(context),
  },
  {
    method: 'GET',
    path: '/connections',
    says: 'the living connections: ?listener=&server=&client=CIDR&sort=age|idle|bytes|rate&limit=',
    answer: (context, { connections }, large) => large.list(context, () => listConnections(context, connections)),
  },
  {
    method: 'GET',
    path: '/connections/:id',
    shownAs: '/connections/ID',
    says: 'one connection and its story, living or ended',
    answer: (context, { connections }) => showConnection(context, connections),
  },
  {
    method: 'DELETE',
    path: '/connections/:id',
    shownAs: '/connections/ID',
    says: 'ends a connection: ?how=rst|fin',
    answer: (context, { connections }) => killConnection(context, connections),
  },
  {
    method: 'GET',
    path: '/config',
    says: 'the config that is in effect, without secrets',
    answer: (context, { reload }) => getConfig(context, reload),
  },
  {
    method: 'POST',
    path: '/reload',
    says: 'reads the config anew and applies it; ?workers=true replaces the workers too, ?plan=true only tells what would change',
    answer: postReload,
  },
  {
    method: 'POST',
    path: '/drain',
    says: 'drains and stops, as SIGTERM does; asked again: stops at once',
    answer: (context, api) => context.json(api.drain()),
  },
  {
    method: 'PUT',
    path: '/log/level',
    says: 'sets the log level of all processes: {"level": "debug"}',
    answer: putLogLevel,
  },
  {
    method: 'POST',
    path: '/log/reopen',
    says: 'has all processes reopen their log files after they were renamed, as SIGUSR2 does',
    answer: postLogReopen,
  },
  {
    method: 'PUT',
    // An address may be the path of a unix socket.
    path: '/upstreams/:upstream/servers/:server{.+}',
    shownAs: '/upstreams/NAME/servers/ADDRESS',
    says: 'sets a server by hand: {"state": "drain"}, or "down", or "ready" again',
    answer: (context, { servers }) => putServer(context, servers),
  },
]
