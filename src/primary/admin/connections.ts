import type { Config } from '../../config/schema.ts'
import { bySort, type ConnectionDetail, type ConnectionSummary, type EndedDetail } from '../../ipc/connection-parts.ts'
import type { ConnectionsQuery, Kill } from '../../ipc/questions.ts'
import type { LastEnded } from '../workers/last-ended.ts'
import type { Supervisor } from '../workers/supervisor.ts'
import { type Decision, decisionOn } from './decided-by.ts'

/** A worker that takes longer is left out of the answer. */
const ANSWER_WITHIN_MS = 500

/** The body of `GET /connections`. */
export interface ConnectionsAnswer {
  /** How many match, before `limit`. */
  readonly total: number
  readonly returned: number
  /** Some worker has not answered in time: its connections are missing, or some of them. */
  readonly partial: boolean
  readonly connections: readonly ConnectionSummary[]
}

/** The body of `GET /connections/ID`. */
export type ConnectionAnswer = ConnectionDetail & Partial<Decision>

/** What the admin may ask of connections, and do to them. */
export interface Connections {
  list(query: ConnectionsQuery): Promise<ConnectionsAnswer>
  /** Undefined if nobody knows it; `silent` if its worker does not answer. */
  find(connectionId: string): Promise<ConnectionAnswer | 'silent' | undefined>
  /** False if there is no such living connection. */
  kill(connectionId: string, how: Kill): Promise<boolean | 'silent'>
}

type Asked = Pick<Supervisor, 'ask'>

export const connectionsOf = (workers: Asked, lastEnded: LastEnded, config: () => Config): Connections => ({
  list: async (query) => {
    const { parts, missing } = await workers.ask('connections', ANSWER_WITHIN_MS, query)
    let total = 0
    const all: ConnectionSummary[] = []
    for (const { part } of parts) {
      if ('matching' in part) total += part.matching
      else all.push(part)
    }
    const { limit, sort } = query
    const connections = all.sort(bySort(sort)).slice(0, limit)
    return { total, returned: connections.length, partial: missing.length > 0, connections }
  },
  find: async (connectionId) => {
    const about = { connectionId }
    const { parts, missing } = await workers.ask('connection', ANSWER_WITHIN_MS, about, workerOf(connectionId))
    const detail = parts[0]?.part ?? lastEnded.find(connectionId)
    if (detail === undefined) return missing.length > 0 ? 'silent' : undefined
    return detail.living ? detail : withDecision(detail, config())
  },
  kill: async (connectionId, how) => {
    const about = { connectionId, how }
    const { parts, missing } = await workers.ask('kill', ANSWER_WITHIN_MS, about, workerOf(connectionId))
    if (parts.length > 0) return true
    return missing.length > 0 ? 'silent' : false
  },
})

const withDecision = (ended: EndedDetail, config: Config): ConnectionAnswer => ({
  ...ended,
  ...decisionOn(ended, config),
})

/** The middle part of a connection's ID is its worker. A text that is no ID names a worker that there is not. */
const workerOf = (connectionId: string): number => Number(connectionId.split('-')[1] ?? 0)
