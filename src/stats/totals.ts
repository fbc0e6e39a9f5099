import type { Outcome } from '../proxy/outcome.ts'
import type { InspectorCounts } from './inspector-counts.ts'

/** What is counted of connections. All but `connectionsActive` only grow. `/stats` shows exactly these keys. */
export interface ConnectionCounts {
  connectionsAccepted: number
  connectionsActive: number
  /** Bytes delivered, those of living connections included. */
  bytesToUpstream: number
  bytesToClient: number
  outcomes: Partial<Record<Outcome, number>>
}

/** What is counted of one server of an upstream. All but `connectionsActive` only grow. */
export interface ServerCounts {
  connectionsActive: number
  connectionsTotal: number
  dialFailures: number
  bytesToUpstream: number
  bytesToClient: number
}

/** Everything a worker has counted since it began, by name: listeners, and upstreams → server addresses. */
export interface WorkerTotals {
  listeners: Record<string, ConnectionCounts>
  servers: Record<string, Record<string, ServerCounts>>
  /** Where listeners have inspectors: by listener and inspector. */
  inspectors?: Record<string, Record<string, InspectorCounts>>
  /** Lines of its log that were lost; absent while none was. */
  logLinesLost?: number
}

export const noConnections = (): ConnectionCounts => ({
  connectionsAccepted: 0,
  connectionsActive: 0,
  bytesToUpstream: 0,
  bytesToClient: 0,
  outcomes: {},
})

export const noServerCounts = (): ServerCounts => ({
  connectionsActive: 0,
  connectionsTotal: 0,
  dialFailures: 0,
  bytesToUpstream: 0,
  bytesToClient: 0,
})
