/**
 * The one list of what is counted. From it come the types, the check of what workers report (ipc/reported-entry.ts), the
 * sums and the rule that no counter falls (stats/counts.ts), the keys of `/stats`, `/metrics`, docs/stats.md and
 * docs/metrics.md.
 *
 * A counter only grows, also when workers are replaced; a gauge is a current value; a histogram is a counter for each of
 * its bins. `by` splits a metric by a label.
 */
import { OUTCOMES, type Outcome } from '../proxy/outcome.ts'
import { SERVER_STATES } from '../serving/state.ts'
import { SHORT_BUCKETS } from './buckets.ts'
import { BYTES_TO_CLIENT, BYTES_TO_UPSTREAM, HISTOGRAM, type Metric } from './metric.ts'

/** Upper bounds in µs of the time that one call of an inspector takes; what takes longer is `more`. */
export const TIME_BOUNDS_US = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000] as const

export const VERDICTS = ['pass', 'detach', 'hold', 'replace', 'block'] as const

/** Why a dial failed. */
export const DIAL_FAILURES = ['refused', 'timeout', 'failed'] as const

/**
 * How a worker ended: by itself, by a signal that was not ours, killed by us because it was silent or did not leave in time,
 * or because it was told to when another had taken its place.
 */
export const WORKER_ENDS = ['exit', 'signal', 'killed', 'replaced'] as const

/** What is counted of each listener, upstream, server, inspector of a listener, and worker. */
export const METRICS = {
  listener: {
    connectionsAccepted: { kind: 'counter', says: 'Accepted connections.', family: 'connections_accepted_total' },
    connectionsActive: { kind: 'gauge', says: 'Living connections.', family: 'connections_active' },
    bytesToUpstream: { ...BYTES_TO_UPSTREAM, family: 'bytes_total' },
    bytesToClient: { ...BYTES_TO_CLIENT, family: 'bytes_total' },
    outcomes: {
      kind: 'counter',
      says: 'Ended connections by outcome; outcomes that never occurred are left out.',
      help: 'Ended connections, by outcome.',
      family: 'connections_ended_total',
      by: Object.keys(OUTCOMES) as readonly Outcome[],
      byLabel: 'outcome',
      sparse: true,
      zerosInMetrics: true,
    },
    duration: { ...HISTOGRAM, says: 'How long connections lived.', family: 'connection_duration_seconds' },
    firstByte: {
      ...HISTOGRAM,
      says: 'Time from accept to the first byte delivered to the client.',
      family: 'first_byte_seconds',
    },
  },
  upstream: {
    queued: { kind: 'gauge', says: 'Clients that wait until a server has room.', family: 'queue_length' },
    dialDuration: {
      ...HISTOGRAM,
      says: 'Time from accept until a server was reached, failed attempts included.',
      family: 'dial_duration_seconds',
    },
  },
  server: {
    connectionsActive: { kind: 'gauge', says: 'Living connections to it.', family: 'server_connections_active' },
    connectionsTotal: { kind: 'counter', says: 'Connections made to it.', family: 'server_connections_total' },
    dialFailures: {
      kind: 'counter',
      says: 'Failed attempts to connect to it, but for lack of descriptors, memory or ports of our own.',
    },
    dialFailuresByReason: {
      kind: 'counter',
      says: 'Failed attempts to connect to it, by reason, but for lack of descriptors, memory or ports of our own.',
      family: 'server_dial_failures_total',
      by: DIAL_FAILURES,
      byLabel: 'reason',
      onlyMetrics: true,
    },
    bytesToUpstream: { ...BYTES_TO_UPSTREAM, family: 'server_bytes_total' },
    bytesToClient: { ...BYTES_TO_CLIENT, family: 'server_bytes_total' },
    checks: {
      kind: 'counter',
      says: 'Checks of its health, by their result.',
      family: 'server_checks_total',
      by: ['passed', 'failed'],
      byLabel: 'result',
    },
    stateChanges: {
      kind: 'counter',
      says: 'Changes of its state, by the new state; states that it never came to are left out.',
      family: 'server_state_changes_total',
      by: SERVER_STATES,
      byLabel: 'state',
      sparse: true,
    },
  },
  inspector: {
    threads: { kind: 'gauge', says: 'Threads that run the inspectors of the listener.' },
    queueLength: { kind: 'gauge', says: 'Chunks and ends that are waiting for a verdict.' },
    chunks: { kind: 'counter', says: 'Chunks that it inspected.' },
    bytes: { kind: 'counter', says: 'Bytes that it inspected.' },
    verdicts: {
      kind: 'counter',
      says: 'Its verdicts.',
      help: 'Inspected chunks, by verdict.',
      family: 'inspector_chunks_total',
      by: VERDICTS,
      byLabel: 'verdict',
    },
    failures: { kind: 'counter', says: 'Connections in which it failed.' },
    timeUs: {
      kind: 'counter',
      says: 'Its calls by duration: each key is an upper bound in µs.',
      by: [...TIME_BOUNDS_US.map(String), 'more'],
    },
    duration: {
      ...HISTOGRAM,
      says: 'Time that one call of it took.',
      family: 'inspector_seconds',
      buckets: SHORT_BUCKETS,
    },
  },
  worker: {
    logLinesLost: {
      kind: 'counter',
      says: 'Log lines that could not be written: the disk was full, or the reader was stuck.',
    },
    ends: {
      kind: 'counter',
      says: 'Workers that ended, by how; without those that a stop of the program has told to leave, and that left.',
      family: 'worker_ends_total',
      by: WORKER_ENDS,
      byLabel: 'how',
      onlyMetrics: true,
    },
  },
} as const satisfies Record<string, Record<string, Metric>>

export type Scope = keyof typeof METRICS

type ValueOf<Of> = Of extends { readonly by: readonly (infer Label extends string)[] }
  ? Of extends { readonly sparse: true }
    ? Partial<Record<Label, number>>
    : Record<Label, number>
  : number

/** The counts of one listener, upstream, server, inspector or worker. */
export type Counts<Of extends Scope> = {
  -readonly [Name in keyof (typeof METRICS)[Of]]: ValueOf<(typeof METRICS)[Of][Name]>
}

export type ListenerCounts = Counts<'listener'>
export type ServerCounts = Counts<'server'>
export type InspectorCounts = Counts<'inspector'>

/** The counts as `/stats` shows them. */
export type ShownCounts<Of extends Scope> = {
  -readonly [Name in keyof (typeof METRICS)[Of] as (typeof METRICS)[Of][Name] extends { readonly onlyMetrics: true }
    ? never
    : Name]: ValueOf<(typeof METRICS)[Of][Name]>
}

/** The metrics of a scope, typed alike for every scope. */
export const metricsOf = (scope: Scope): Readonly<Record<string, Metric>> => METRICS[scope]

/** The labels that name the counts of a scope. */
export const LABELS = {
  listener: ['listener'],
  upstream: ['upstream'],
  server: ['upstream', 'server'],
  inspector: ['listener', 'inspector'],
  worker: [],
} as const satisfies Record<Scope, readonly string[]>
