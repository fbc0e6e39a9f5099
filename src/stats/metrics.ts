/**
 * The one list of what is counted. From it come the types, the check of what workers report (ipc/totals-schema.ts), the
 * sums and the rule that no counter falls (stats/counts.ts), the keys of `/stats`, and docs/stats.md.
 *
 * A counter only grows, over restarts of workers too; a gauge is as it is now. `by` splits a metric by a label.
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

/** What is counted of each listener, server, inspector of a listener, and worker. */
export const METRICS = {
  listener: {
    connectionsAccepted: { kind: 'counter', says: 'Connections accepted.' },
    connectionsActive: { kind: 'gauge', says: 'Connections that live now.' },
    bytesToUpstream: BYTES_TO_UPSTREAM,
    bytesToClient: BYTES_TO_CLIENT,
    outcomes: {
      kind: 'counter',
      says: 'Connections that have ended, by outcome; outcomes that never came are left out.',
      by: Object.keys(OUTCOMES) as readonly Outcome[],
      sparse: true,
    },
  },
  server: {
    connectionsActive: { kind: 'gauge', says: 'Connections to it that live now.' },
    connectionsTotal: { kind: 'counter', says: 'Connections to it that were made.' },
    dialFailures: { kind: 'counter', says: 'Attempts to connect to it that failed.' },
    bytesToUpstream: BYTES_TO_UPSTREAM,
    bytesToClient: BYTES_TO_CLIENT,
  },
  inspector: {
    threads: { kind: 'gauge', says: 'Threads that run the inspectors of the listener.' },
    queueLength: { kind: 'gauge', says: 'Chunks and ends that wait for a verdict now.' },
    chunks: { kind: 'counter', says: 'Chunks that it was shown.' },
    bytes: { kind: 'counter', says: 'Bytes that it was shown.' },
    verdicts: { kind: 'counter', says: 'Its verdicts.', by: VERDICTS },
    failures: { kind: 'counter', says: 'Connections that it failed.' },
    timeUs: {
      kind: 'counter',
      says: 'Its calls by the time that they took: each key is an upper bound in µs.',
      by: [...TIME_BOUNDS_US.map(String), 'more'],
    },
  },
  worker: {
    logLinesLost: {
      kind: 'counter',
      says: 'Lines of its log that could not be written: the disk was full, or the reader stuck.',
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
export type ServerCounts = Counts<'server'>
export type InspectorCounts = Counts<'inspector'>

/** The metrics of a scope, as every function that goes through them sees them. */
export const metricsOf = (scope: Scope): Readonly<Record<string, Metric>> => METRICS[scope]

/** What names the counts of a scope. */
export const LABELS = {
  listener: ['listener'],
  server: ['upstream', 'server'],
  inspector: ['listener', 'inspector'],
  worker: [],
} as const satisfies Record<Scope, readonly string[]>
