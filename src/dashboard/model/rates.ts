import type { Stats } from './stats.ts'

/**
 * How fast counters grow, between two states of the same copyloop.
 *
 * @returns per second; 0 for what was not there before, or has begun anew
 */
export type PerSecond = (counter: (stats: Stats) => number | undefined) => number

export const ratesBetween = (before: Stats | undefined, after: Stats): PerSecond => {
  const seconds = before === undefined ? 0 : after.uptimeSeconds - before.uptimeSeconds
  return (counter) => {
    if (before === undefined || seconds <= 0) return 0
    const [then, now] = [counter(before), counter(after)]
    return then === undefined || now === undefined ? 0 : Math.max(0, now - then) / seconds
  }
}
