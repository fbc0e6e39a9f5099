/** What the page reads of `GET /connections` and `GET /connections/ID`. */

export interface Connection {
  readonly connectionId: string
  readonly listener: string
  readonly worker: number
  readonly phase: string
  readonly client: string
  /** The TCP peer, where the client is from a PROXY header. */
  readonly peer?: string
  readonly upstream: string
  /** The one that was reached, or the last that was tried. */
  readonly server?: string
  readonly engine: string
  readonly ageMs: number
  readonly bytesToUpstream: number
  readonly bytesToClient: number
  /** For how long bytes have waited for a side that does not take them. */
  readonly heldMs: number
  readonly serverName?: string
  /** As name and version. */
  readonly inspectors?: readonly string[]
  /** Why an inspector blocked it, or another note of one. */
  readonly verdict?: string
}

export interface LivingConnection extends Connection {
  readonly idleMs: number
  readonly bytesPerSecondToUpstream: number
  readonly bytesPerSecondToClient: number
  /** What would end it. */
  readonly nextClock?: { readonly clock: string; readonly inMs: number }
}

export interface ConnectionList {
  /** How many match, of which these are the first. */
  readonly total: number
  readonly returned: number
  /** A worker did not answer in time. */
  readonly partial: boolean
  readonly connections: readonly LivingConnection[]
}

export interface StoryEvent {
  readonly atMs: number
  readonly what: string
  readonly text: string
}

/** What the kernel tells of the connection to one side. */
interface TcpInfo {
  readonly rttUs: number
  readonly retransmits: number
}

interface Story {
  readonly story: readonly StoryEvent[]
  readonly tcp: { readonly client?: TcpInfo; readonly server?: TcpInfo }
  readonly pendingToUpstream: number
  readonly pendingToClient: number
}

interface LivingStory extends LivingConnection, Story {
  readonly living: true
}

interface EndedStory extends Connection, Story {
  readonly living: false
  readonly outcome: string
  readonly endedBy: string
  readonly durationMs: number
  readonly error?: string
  /** The path in the config that decided the end, and what to do if that was not wanted. */
  readonly decidedBy?: string
  readonly advice?: string
}

export type ConnectionStory = LivingStory | EndedStory

export const SORTS = ['age', 'idle', 'bytes', 'rate'] as const
export type Sort = (typeof SORTS)[number]
export const LIMITS = [25, 100, 500] as const

/** What the table shows of all connections; empty strings for no filter. */
export interface ConnectionQuery {
  readonly listener: string
  readonly server: string
  readonly client: string
  readonly sort: Sort
  readonly limit: number
}

export const queryPath = ({ listener, server, client, sort, limit }: ConnectionQuery): string => {
  const given = Object.entries({ listener, server, client: client.trim(), sort, limit: String(limit) })
  const parameters = new URLSearchParams(given.filter(([, value]) => value !== ''))
  return `/connections?${parameters}`
}
