/** What the page reads of the admin's answers. A test holds that they have it. */

export type ServerStateName = 'up' | 'unchecked' | 'down' | 'ejected' | 'draining' | 'maintenance'
export type WorkerState = 'starting' | 'serving' | 'stale' | 'draining'

export interface BytesBothWays {
  readonly bytesToUpstream: number
  readonly bytesToClient: number
}

export interface ListenerStats extends BytesBothWays {
  readonly connectionsAccepted: number
  readonly connectionsActive: number
  /** Ended connections by outcome. */
  readonly outcomes: Readonly<Record<string, number>>
}

export interface ServerStats extends BytesBothWays {
  readonly state: ServerStateName
  readonly stateReason: string
  readonly weight: number
  /** It gets connections while no other server is in rotation. */
  readonly backup: boolean
  /** Null for no limit. */
  readonly maxConnections: number | null
  readonly lastCheckMs: number | null
  readonly ejectedForMs: number | null
  readonly connectionsActive: number
  readonly connectionsTotal: number
  readonly dialFailures: number
  readonly checks: { readonly passed: number; readonly failed: number }
}

export interface UpstreamStats {
  /** Clients that wait until a server has room. */
  readonly queued: number
  readonly discovery?: { readonly state: string; readonly lastError: string | null }
  readonly servers: Readonly<Record<string, ServerStats>>
}

export interface WorkerStats {
  readonly id: number
  readonly pid: number
  readonly state: WorkerState
  readonly engine: string | null
  readonly connectionsActive: number
  readonly rssBytes: number
  readonly eventLoopDelayP99Ms: number
}

/** Of `GET /stats`, and of each event `stats`. */
export interface Stats {
  readonly version: string
  readonly uptimeSeconds: number
  readonly draining: boolean
  readonly engine: string | null
  readonly logLinesLost: number
  readonly totals: ListenerStats
  readonly listeners: Readonly<Record<string, ListenerStats>>
  readonly upstreams: Readonly<Record<string, UpstreamStats>>
  readonly workers: readonly WorkerStats[]
}
