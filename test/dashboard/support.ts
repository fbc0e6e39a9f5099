import type { ServerStats, Stats } from '../../src/dashboard/model/stats.ts'

export const server = (given: Partial<ServerStats> = {}): ServerStats => ({
  state: 'up',
  stateReason: 'its check passes',
  weight: 1,
  backup: false,
  maxConnections: null,
  lastCheckMs: 1,
  ejectedForMs: null,
  connectionsActive: 0,
  connectionsTotal: 0,
  dialFailures: 0,
  checks: { passed: 0, failed: 0 },
  bytesToUpstream: 0,
  bytesToClient: 0,
  ...given,
})

const NOTHING = { connectionsAccepted: 0, connectionsActive: 0, bytesToUpstream: 0, bytesToClient: 0, outcomes: {} }

/** A copyloop with one listener, one worker and two servers, of which a test gives what it is about. */
export const stats = (given: Partial<Stats> = {}): Stats => ({
  version: '1.2.3',
  uptimeSeconds: 100,
  draining: false,
  engine: 'kernel',
  logLinesLost: 0,
  totals: NOTHING,
  listeners: { web: NOTHING },
  upstreams: { app: { queued: 0, servers: { 'a:1': server(), 'b:1': server() } } },
  workers: [worker()],
  ...given,
})

export const worker = (given: Partial<Stats['workers'][number]> = {}): Stats['workers'][number] => ({
  id: 1,
  pid: 4711,
  state: 'serving',
  engine: 'kernel',
  connectionsActive: 0,
  rssBytes: 60_000_000,
  eventLoopDelayP99Ms: 1,
  ...given,
})

/** Upstream `app` with these servers. */
export const withServers = (servers: Stats['upstreams'][string]['servers'], queued = 0): Partial<Stats> => ({
  upstreams: { app: { queued, servers } },
})

export const totals = (given: Partial<Stats['totals']>): Stats['totals'] => ({ ...NOTHING, ...given })
