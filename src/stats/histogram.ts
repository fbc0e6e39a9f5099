/**
 * Histograms of durations: how many values fell into each of about a thousand bins, which are the same everywhere. So two
 * histograms are added bin by bin, and what a worker reports only grows.
 *
 * The bounds of the bins are the numbers of two digits and any zeros (log-linear, as in OpenHistogram): a bin is at most a
 * tenth as wide as its bounds are large, so its middle is at most 5 % from any value in it. Values are whole microseconds.
 */

/** From 10 to 99. */
const BINS_OF_A_POWER = 90

/** The upper bound of each bin, in µs, as it is the key in a histogram; it belongs to the bin. The last bin has all beyond 11 days. */
export const BINS: readonly string[] = [
  ...Array.from({ length: 10 }, (_, us) => String(us)),
  ...Array.from({ length: 11 }, (_, power) =>
    Array.from({ length: BINS_OF_A_POWER }, (_, step) => String((10 + step) * 10 ** power)),
  ).flat(),
]

/** Beside the bins: the sum of all values, in µs. */
export const SUM = 'sumUs'

/** How often each bin was met; bins that never were are left out. */
export type Histogram = Partial<Record<string, number>>

/** Where in `BINS` the bin of a value stands, in µs. */
export const binOf = (us: number): number => {
  let scale = 1
  let first = 0
  while (us > 99 * scale) {
    scale *= 10
    first += BINS_OF_A_POWER
  }
  return Math.min(first + Math.ceil(us / scale), BINS.length - 1)
}

/** Adds a duration, in milliseconds. */
export const record = (histogram: Histogram, ms: number): void => {
  const us = Math.max(0, Math.round(ms * 1_000))
  const bin = BINS[binOf(us)] ?? ''
  histogram[bin] = (histogram[bin] ?? 0) + 1
  histogram[SUM] = (histogram[SUM] ?? 0) + us
}

/** How many values there are. */
export const countOf = (histogram: Histogram): number =>
  Object.entries(histogram).reduce((sum, [bin, count = 0]) => (bin === SUM ? sum : sum + count), 0)

/** How many values are at most as large as each of the bounds, which are in µs, rising, and bounds of bins. */
export const cumulative = (histogram: Histogram, boundsUs: readonly number[]): number[] => {
  const counts = boundsUs.map(() => 0)
  for (const [bin, count = 0] of Object.entries(histogram)) {
    if (bin === SUM) continue
    const upper = Number(bin)
    for (let index = boundsUs.length - 1; index >= 0 && upper <= (boundsUs[index] ?? 0); index--) {
      counts[index] = (counts[index] ?? 0) + count
    }
  }
  return counts
}
