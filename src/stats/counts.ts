/** Operations on the counts of one listener, server, inspector or worker, whatever metrics the list has. */
import { type Counts, metricsOf, type Scope, type ShownCounts } from './metrics.ts'

/** A single number, or numbers by label. */
type Value = number | Record<string, number>

const valuesOf = (counts: object): Record<string, Value> => counts as Record<string, Value>

export const noCounts = <Of extends Scope>(scope: Of): Counts<Of> =>
  Object.fromEntries(
    Object.entries(metricsOf(scope)).map(([name, { by, sparse }]): [string, Value] => [
      name,
      by === undefined ? 0 : Object.fromEntries(sparse ? [] : by.map((label) => [label, 0])),
    ]),
  ) as Counts<Of>

export const addCounts = <Of extends Scope>(scope: Of, into: Counts<Of>, counts: Counts<Of>): void => {
  const [sums, values] = [valuesOf(into), valuesOf(counts)]
  for (const name of Object.keys(metricsOf(scope))) sums[name] = sumOf(sums[name], values[name])
}

const sumOf = (one: Value = 0, other: Value = 0): Value => {
  if (typeof one === 'number' && typeof other === 'number') return one + other
  const sums = { ...Object(one) } as Record<string, number>
  for (const [label, count] of Object.entries(other)) sums[label] = (sums[label] ?? 0) + count
  return sums
}

/** Whether no counter is lower in `to` than in `from`. Gauges may fall. */
export const neverFell = <Of extends Scope>(scope: Of, from: Counts<Of>, to: Counts<Of>): boolean => {
  const [before, after] = [valuesOf(from), valuesOf(to)]
  return Object.entries(metricsOf(scope)).every(
    ([name, { kind }]) => kind === 'gauge' || isNotLess(before[name], after[name]),
  )
}

const isNotLess = (from: Value = 0, to: Value = 0): boolean => {
  if (typeof from === 'number' || typeof to === 'number') return Number(to) >= Number(from)
  return Object.entries(from).every(([label, count]) => (to[label] ?? 0) >= count)
}

/** Without what is only in `/metrics`. */
export const shownCounts = <Of extends Scope>(scope: Of, counts: Readonly<Counts<Of>>): ShownCounts<Of> =>
  Object.fromEntries(
    Object.entries(metricsOf(scope))
      .filter(([, { onlyMetrics }]) => !onlyMetrics)
      .map(([name]) => [name, valuesOf(counts)[name]]),
  ) as ShownCounts<Of>

/** The worker has ended: gauges become 0, counters stay. */
export const endGauges = <Of extends Scope>(scope: Of, counts: Counts<Of>): void => {
  for (const [name, { kind }] of Object.entries(metricsOf(scope))) if (kind === 'gauge') valuesOf(counts)[name] = 0
}
