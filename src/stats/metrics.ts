/**
 * The one list of what is counted. From it come the types, the check of what workers report (ipc/totals-schema.ts), the
 * sums and the rule that no counter falls (stats/counts.ts), the keys of `/stats`, and docs/stats.md.
 *
 * A counter only grows, also when workers are replaced; a gauge is a current value. `by` splits a metric by a label.
 */
import { OUTCOMES, type Outcome } from '../proxy/outcome.ts'

interface Metric {
  readonly kind: 'counter' | 'gauge'
  readonly says: string
  readonly by?: readonly string[]
  /** Labels without a count are left out: most connections end in one of two or three ways. */
  readonly sparse?: true
}

const BYTES_TO_UPSTREAM = {
  kind: 'counter',
  says: 'Bytes delivered to servers, those of living connections included.',
} as const
const BYTES_TO_CLIENT = {
  kind: 'counter',
  says: 'Bytes delivered to clients, those of living connections included.',
} as const

/** Upper bounds in µs of the time that one call of an inspector takes; what takes longer is `more`. */
export const TIME_BOUNDS_US = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000] as const

export const VERDICTS = ['pass', 'detach', 'hold', 'replace', 'block'] as const

/** What is counted of each listener, upstream, server, inspector of a listener, and worker. */
export const METRICS = {
  listener: {
    connectionsAccepted: { kind: 'counter', says: 'Accepted connections.' },
    connectionsActive: { kind: 'gauge', says: 'Living connections.' },
    bytesToUpstream: BYTES_TO_UPSTREAM,
    bytesToClient: BYTES_TO_CLIENT,
    outcomes: {
      kind: 'counter',
      says: 'Ended connections by outcome; outcomes that never occurred are left out.',
      by: Object.keys(OUTCOMES) as readonly Outcome[],
      sparse: true,
    },
  },
  upstream: {
    queued: { kind: 'gauge', says: 'Clients that wait until a server has room.' },
  },
  server: {
    connectionsActive: { kind: 'gauge', says: 'Living connections to it.' },
    connectionsTotal: { kind: 'counter', says: 'Connections made to it.' },
    dialFailures: { kind: 'counter', says: 'Failed attempts to connect to it.' },
    bytesToUpstream: BYTES_TO_UPSTREAM,
    bytesToClient: BYTES_TO_CLIENT,
  },
  inspector: {
    threads: { kind: 'gauge', says: 'Threads that run the inspectors of the listener.' },
    queueLength: { kind: 'gauge', says: 'Chunks and ends that are waiting for a verdict.' },
    chunks: { kind: 'counter', says: 'Chunks that it inspected.' },
    bytes: { kind: 'counter', says: 'Bytes that it inspected.' },
    verdicts: { kind: 'counter', says: 'Its verdicts.', by: VERDICTS },
    failures: { kind: 'counter', says: 'Connections in which it failed.' },
    timeUs: {
      kind: 'counter',
      says: 'Its calls by duration: each key is an upper bound in µs.',
      by: [...TIME_BOUNDS_US.map(String), 'more'],
    },
  },
  worker: {
    logLinesLost: {
      kind: 'counter',
      says: 'Log lines that could not be written: the disk was full, or the reader was stuck.',
    },
  },
} as const satisfies Record<string, Record<string, Metric>>

export type Scope = keyof typeof METRICS

type ValueOf<Of> = Of extends { readonly by: readonly (infer Label extends string)[] }
  ? Of extends { readonly sparse: true }
    ? Partial<Record<Label, number>>
    : Record<Label, number>
  : number

/** The counts of one listener, server, inspector or worker. */
export type Counts<Of extends Scope> = {
  -readonly [Name in keyof (typeof METRICS)[Of]]: ValueOf<(typeof METRICS)[Of][Name]>
}

export type ListenerCounts = Counts<'listener'>
export type UpstreamCounts = Counts<'upstream'>
export type ServerCounts = Counts<'server'>
export type InspectorCounts = Counts<'inspector'>

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
