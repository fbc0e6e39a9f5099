/**
 * The check of the totals that a worker reports, made from the one list of metrics. Written by hand: with a thousand servers
 * a schema of zod took as long for a report as everything else that is done with it.
 */
import { LABELS, METRICS, metricsOf, type Scope } from '../stats/metrics.ts'
import type { ReportedEntry } from '../stats/totals.ts'

/** The labels of each metric of a scope; undefined for a single number. */
type Shape = ReadonlyMap<string, ReadonlySet<string> | undefined>

const shapeOf = (scope: Scope): Shape =>
  new Map(Object.entries(metricsOf(scope)).map(([name, { by }]) => [name, by && new Set(by)]))

const SHAPES: ReadonlyMap<string, Shape> = new Map(
  Object.keys(METRICS).map((scope) => [scope, shapeOf(scope as Scope)]),
)

const KEYS_OF_AN_ENTRY = 3

export const isReportedEntry = (raw: unknown): raw is ReportedEntry => {
  if (!isObject(raw) || Object.keys(raw).length !== KEYS_OF_AN_ENTRY) return false
  const { scope, names, counts } = raw
  const shape = typeof scope === 'string' ? SHAPES.get(scope) : undefined
  if (shape === undefined || !Array.isArray(names) || !isObject(counts)) return false
  return (
    names.length === LABELS[scope as Scope].length &&
    names.every((name) => typeof name === 'string') &&
    Object.entries(counts).every(([name, value]) => shape.has(name) && isValue(value, shape.get(name)))
  )
}

const isValue = (value: unknown, labels: ReadonlySet<string> | undefined): boolean => {
  if (labels === undefined) return isCount(value)
  return isObject(value) && Object.entries(value).every(([label, count]) => labels.has(label) && isCount(count))
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
