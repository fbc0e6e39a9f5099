import { LONG_BUCKETS } from './buckets.ts'
import { BINS, SUM } from './histogram.ts'

/** One entry of the list of metrics (metrics.ts). */
export interface Metric {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly says: string
  /** What it is in `/metrics`, where that has several metrics of one family; else `says`. */
  readonly help?: string
  /** Its name in `/metrics`, without `copyloop_`. One without is not there. */
  readonly family?: string
  /** The label of `/metrics` by which metrics of one family differ: `{ direction: 'toClient' }`. */
  readonly label?: Readonly<Record<string, string>>
  /** The labels by which it is split. */
  readonly by?: readonly string[]
  /** What `by` is called in `/metrics`. */
  readonly byLabel?: string
  /** Labels without a count are left out: most connections end in one of two or three ways. */
  readonly sparse?: true
  /** In `/metrics` labels without a count are 0 all the same: else `increase()` would miss the first count of each. */
  readonly zerosInMetrics?: true
  /** It is in `/metrics` and not in `/stats`. */
  readonly onlyMetrics?: true
  /** The upper bounds of its buckets in `/metrics`, in seconds. */
  readonly buckets?: readonly number[]
}

/** Of durations, in seconds where they are shown. */
export const HISTOGRAM = {
  kind: 'histogram',
  by: [...BINS, SUM] as readonly string[],
  sparse: true,
  onlyMetrics: true,
  buckets: LONG_BUCKETS as readonly number[],
} as const

const BYTES_HELP = 'Bytes delivered, those of living connections included.'

export const BYTES_TO_UPSTREAM = {
  kind: 'counter',
  says: 'Bytes delivered to servers, those of living connections included.',
  help: BYTES_HELP,
  label: { direction: 'toUpstream' },
} as const

export const BYTES_TO_CLIENT = {
  kind: 'counter',
  says: 'Bytes delivered to clients, those of living connections included.',
  help: BYTES_HELP,
  label: { direction: 'toClient' },
} as const
