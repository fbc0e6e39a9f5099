import type { Config } from '../../../config/schema.ts'
import type { Answers } from '../../../ipc/ask.ts'
import {
  bySort,
  type ConnectionDetail,
  type ConnectionSummary,
  type EndedDetail,
} from '../../../ipc/connection-parts.ts'
import type { ConnectionsQuery, Kill, QuestionSubjects } from '../../../ipc/questions.ts'
import type { ServingState } from '../../../serving/state.ts'
import type { LastEnded } from '../../workers/last-ended.ts'
import type { Supervisor } from '../../workers/supervisor.ts'
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

/** A name that a query asks for and that there is not. */
export interface UnknownName {
  readonly kind: 'listener' | 'server'
  readonly name: string
  /** The names that there are. */
  readonly known: readonly string[]
}

/** What the admin may ask of connections, and do to them. */
export interface Connections {
  list(query: ConnectionsQuery): Promise<ConnectionsAnswer>
  /** The first name in the query that is neither served nor has living connections: those may outlive what was removed. */
  unknownIn(query: ConnectionsQuery): Promise<UnknownName | undefined>
  /** Undefined if nobody knows it; `silent` if its worker does not answer. */
  find(connectionId: string): Promise<ConnectionAnswer | 'silent' | undefined>
  /** False if there is no such living connection. A worker that does not answer may still end it, when it goes on. */
  kill(connectionId: string, how: Kill): Promise<boolean | 'silent'>
}

interface Workers extends Pick<Supervisor, 'ask'> {
  readonly workers: readonly {
    readonly id: number
    readonly connectionPrefix: string | undefined
    /** Connections with the IDs of other workers may have come to it alive. */
    readonly takesOver: boolean
  }[]
}

/** What they are about, beside the workers. */
interface ConnectionsParts {
  readonly lastEnded: LastEnded
  config(): Config
  state(): Pick<ServingState, 'listeners' | 'upstreams'>
}

export const connectionsOf = (workers: Workers, { lastEnded, config, state }: ConnectionsParts): Connections => {
  /** Asks those who may know a connection: none, if its ID is of a worker before or of an earlier start. */
  const askAbout = async <Name extends 'connection' | 'kill'>(
    name: Name,
    about: QuestionSubjects[Name],
  ): Promise<Answers<Name>> => {
    const asked = workers.workers.filter(
      ({ connectionPrefix: prefix, takesOver }) => takesOver || (prefix && about.connectionId.startsWith(prefix)),
    )
    const answers = await Promise.all(asked.map(({ id }) => workers.ask(name, ANSWER_WITHIN_MS, about, id)))
    return { parts: answers.flatMap(({ parts }) => parts), missing: answers.flatMap(({ missing }) => missing) }
  }

  const list: Connections['list'] = async (query) => {
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
  }

  return {
    list,
    unknownIn: async (query) => {
      const { listeners, upstreams } = state()
      const served = {
        listener: [...listeners.keys()],
        server: [...new Set([...upstreams.values()].flatMap(({ servers }) => [...servers.keys()]))],
      }
      for (const kind of ['listener', 'server'] as const) {
        const { [kind]: name } = query
        if (name === undefined || served[kind].includes(name)) continue
        const { total, partial } = await list({ [kind]: name, sort: 'age', limit: 1 })
        if (total === 0 && !partial) return { kind, name, known: served[kind] }
      }
      return undefined
    },
    find: async (connectionId) => {
      const { parts, missing } = await askAbout('connection', { connectionId })
      const detail = parts[0]?.part ?? lastEnded.find(connectionId)
      if (detail === undefined) return missing.length > 0 ? 'silent' : undefined
      return detail.living ? detail : withDecision(detail, config())
    },
    kill: async (connectionId, how) => {
      const { parts, missing } = await askAbout('kill', { connectionId, how })
      if (parts.length > 0) return true
      return missing.length > 0 ? 'silent' : false
    },
  }
}

const withDecision = (ended: EndedDetail, config: Config): ConnectionAnswer => ({
  ...ended,
  ...decisionOn(ended, config),
})
