import type { Context } from 'hono'
import { z } from 'zod'
import { LOG_LEVELS, type LogLevel } from '../../config/schema.ts'
import { exposition, type Family } from '../../stats/prometheus.ts'
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
}

export interface Route {
  readonly method: 'GET' | 'PUT'
  readonly path: string
  readonly says: string
  answer(context: Context, api: AdminApi): Response | Promise<Response>
}

const logLevelRequest = z.strictObject({ level: z.enum(LOG_LEVELS) })

const LARGEST_BODY_BYTES = 64 * 1024

/** The body as JSON; undefined if it is not JSON. Reads no more than is allowed, also if the request does not give its length. */
const readJson = async (context: Context): Promise<unknown | 'too large'> => {
  if (Number(context.req.header('content-length') ?? 0) > LARGEST_BODY_BYTES) return 'too large'
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of context.req.raw.body ?? []) {
    size += piece.length
    if (size > LARGEST_BODY_BYTES) return 'too large'
    pieces.push(piece)
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString())
  } catch {
    return undefined
  }
}

const putLogLevel: Route['answer'] = async (context, api) => {
  const body = await readJson(context)
  if (body === 'too large') {
    return context.json({ error: `the body is larger than ${LARGEST_BODY_BYTES} bytes` }, 413)
  }
  const request = logLevelRequest.safeParse(body)
  if (!request.success) {
    return context.json({ error: `send {"level": one of ${LOG_LEVELS.join(', ')}} as JSON` }, 400)
  }
  api.setLogLevel(request.data.level)
  return context.json(request.data)
}

/** The one list of the admin's routes. Any other path gets 404, with this list. */
export const ROUTES: readonly Route[] = [
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
    answer: async (context, api) => context.json(await api.stats()),
  },
  {
    method: 'GET',
    path: '/metrics',
    says: 'everything that is counted, for Prometheus',
    answer: async (context, api) =>
      context.body(exposition(await api.metrics()), 200, {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      }),
  },
  {
    method: 'PUT',
    path: '/log/level',
    says: 'sets the log level of all processes: {"level": "debug"}',
    answer: putLogLevel,
  },
]
