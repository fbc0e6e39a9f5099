/** Operations on the counts of one listener, server, inspector or worker, whatever metrics the list has. */
import { type Counts, metricsOf, type Scope, type ShownCounts } from './metrics.ts'

/** A single number, or numbers by label. */
type Value = number | Record<string, number>

/** Counts as a worker reports them: numbers of 0 are left out. */
export type NonZeroCounts<Of extends Scope> = {
  readonly [Name in keyof Counts<Of>]?: Counts<Of>[Name] extends number
    ? number
    : Readonly<Partial<Record<string, number>>>
}

const valuesOf = (counts: object): Record<string, Value> => counts as Record<string, Value>

interface Shape {
  readonly name: string
  readonly isGauge: boolean
  /** Those that it has from the start; undefined for a single number. */
  readonly labels: readonly string[] | undefined
}

const shapesOf = (scope: Scope): readonly Shape[] =>
  Object.entries(metricsOf(scope)).map(([name, { kind, by, sparse }]) => ({
    name,
    isGauge: kind === 'gauge',
    labels: sparse ? [] : by,
  }))

/** The metrics of each scope, as lists: these loops run for each of a thousand servers. */
const SHAPES: Readonly<Record<Scope, readonly Shape[]>> = {
  listener: shapesOf('listener'),
  upstream: shapesOf('upstream'),
  server: shapesOf('server'),
  inspector: shapesOf('inspector'),
  worker: shapesOf('worker'),
}

export const noCounts = <Of extends Scope>(scope: Of): Counts<Of> => {
  const counts: Record<string, Value> = {}
  for (const { name, labels } of SHAPES[scope]) counts[name] = labels === undefined ? 0 : zerosOf(labels)
  return counts as Counts<Of>
}

const zerosOf = (labels: readonly string[]): Record<string, number> => {
  const zeros: Record<string, number> = {}
  for (const label of labels) zeros[label] = 0
  return zeros
}

/** Adds to `into`, which must be the only one to have its parts. */
export const addCounts = <Of extends Scope>(scope: Of, into: Counts<Of>, counts: NonZeroCounts<Of>): void => {
  const [sums, values] = [valuesOf(into), valuesOf(counts)]
  for (const { name } of SHAPES[scope]) {
    const [sum, value] = [sums[name], values[name]]
    if (typeof value === 'number') sums[name] = Number(sum) + value
    else if (value !== undefined && typeof sum === 'object') addLabels(sum, value)
  }
}

const addLabels = (sums: Record<string, number>, counts: Readonly<Record<string, number>>): void => {
  for (const [label, count] of Object.entries(counts)) sums[label] = (sums[label] ?? 0) + count
}

/** What is not 0. What is in labels is shared with `counts`, not copied. */
export const nonZero = <Of extends Scope>(counts: Readonly<Counts<Of>>): NonZeroCounts<Of> => {
  const found: Record<string, Value> = {}
  for (const [name, value] of Object.entries(valuesOf(counts))) if (!isZero(value)) found[name] = value
  return found as NonZeroCounts<Of>
}

const isZero = (value: Value): boolean =>
  typeof value === 'number' ? value === 0 : Object.values(value).every((count) => count === 0)

/** Whether no counter is lower in `to` than in `from`. Gauges may fall. */
export const neverFell = <Of extends Scope>(scope: Of, from: Counts<Of>, to: NonZeroCounts<Of>): boolean => {
  const [before, after] = [valuesOf(from), valuesOf(to)]
  return SHAPES[scope].every(({ name, isGauge }) => isGauge || isNotLess(before[name], after[name]))
}

const isNotLess = (from: Value = 0, to: Value = 0): boolean => {
  if (typeof from === 'number') return Number(to) >= from
  const after = typeof to === 'number' ? {} : to
  return Object.entries(from).every(([label, count]) => (after[label] ?? 0) >= count)
}

/** Without what is only in `/metrics`. */
export const shownCounts = <Of extends Scope>(scope: Of, counts: Readonly<Counts<Of>>): ShownCounts<Of> =>
  Object.fromEntries(
    Object.entries(metricsOf(scope))
      .filter(([, { onlyMetrics }]) => !onlyMetrics)
      .map(([name]) => [name, valuesOf(counts)[name]]),
  ) as ShownCounts<Of>

/** Whether nothing of it lives: all gauges are 0. */
export const isIdle = <Of extends Scope>(scope: Of, counts: Readonly<Counts<Of>>): boolean =>
  SHAPES[scope].every(({ name, isGauge }) => !isGauge || valuesOf(counts)[name] === 0)

/** Nothing of it lives any longer: gauges become 0, counters stay. */
export const endGauges = <Of extends Scope>(scope: Of, counts: Counts<Of>): void => {
  for (const { name, isGauge } of SHAPES[scope]) if (isGauge) valuesOf(counts)[name] = 0
}
