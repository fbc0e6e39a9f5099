/**
 * The upper bounds of the buckets in which `/metrics` shows histograms, in seconds. Each is a bound of the bins that workers
 * count in (histogram.ts), so no value is put into a wrong bucket.
 */

/** For what takes as long as a network or a user: half a millisecond to an hour. */
export const LONG_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600,
] as const

/** For calls within a process: 5 µs to a second. */
export const SHORT_BUCKETS = [
  0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1,
  0.25, 1,
] as const

export const inMicroseconds = (seconds: readonly number[]): number[] => seconds.map((bound) => Math.round(bound * 1e6))
