/** The text format of Prometheus, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). */
import { countOf, cumulative, type Histogram, SUM } from './histogram.ts'
import { LABELS, METRICS, metricsOf, type Scope } from './metrics.ts'
import type { Entry } from './totals.ts'

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  /** What follows the family's name: `_bucket`, `_sum` and `_count` of a histogram. */
  readonly suffix?: string
  readonly labels: Labels
  readonly value: number
}

/** All samples of one name. */
export interface Family {
  /** Without `copyloop_`. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  readonly help: string
  readonly samples: readonly Sample[]
}

/** The bounds of the buckets, in seconds: half a millisecond to an hour. Each is a bound of the bins, so no value is guessed. */
export const BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600,
] as const
const BOUNDS_US = BUCKETS_SECONDS.map((seconds) => Math.round(seconds * 1e6))

export const exposition = (families: readonly Family[]): string => families.map(textOf).join('')

const textOf = ({ name, type, help, samples }: Family): string =>
  [
    `# HELP copyloop_${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`,
    `# TYPE copyloop_${name} ${type}\n`,
    ...samples.map(
      ({ suffix = '', labels, value }) => `copyloop_${name}${suffix}${labelsText(labels)} ${numberText(value)}\n`,
    ),
  ].join('')

const labelsText = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`)
  return pairs.length > 0 ? `{${pairs.join(',')}}` : ''
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN'

/** The families of the list of metrics that have a name there, with a sample for each entry. */
export const familiesOf = (entries: readonly Entry[]): Family[] => {
  const families = new Map<string, Family & { samples: Sample[] }>()
  for (const scope of Object.keys(METRICS) as Scope[]) {
    const ofScope = entries.filter((entry) => entry.scope === scope)
    for (const [metric, { family: name, kind, says, help = says }] of Object.entries(metricsOf(scope))) {
      if (name === undefined) continue
      const family = families.get(name) ?? { name, type: kind, help, samples: [] }
      families.set(name, family)
      for (const entry of ofScope) family.samples.push(...samplesOf(entry, metric))
    }
  }
  return [...families.values()]
}

const samplesOf = ({ scope, names, counts }: Entry, metric: string): Sample[] => {
  const { kind, label, byLabel } = metricsOf(scope)[metric] ?? { kind: 'gauge' }
  const labels = { ...Object.fromEntries(LABELS[scope].map((key, at) => [key, names[at] ?? ''])), ...label }
  const value = (counts as Readonly<Record<string, number | Histogram>>)[metric] ?? 0
  if (typeof value === 'number') return [{ labels, value }]
  if (kind === 'histogram') return histogramSamples(labels, value)
  return Object.entries(value).map(([by, count = 0]) => ({
    labels: { ...labels, [byLabel ?? 'by']: by },
    value: count,
  }))
}

const histogramSamples = (labels: Labels, histogram: Histogram): Sample[] => {
  const counts = cumulative(histogram, BOUNDS_US)
  const count = countOf(histogram)
  return [
    ...BUCKETS_SECONDS.map((le, at) => bucket(labels, String(le), counts[at] ?? 0)),
    bucket(labels, '+Inf', count),
    { suffix: '_sum', labels, value: (histogram[SUM] ?? 0) / 1e6 },
    { suffix: '_count', labels, value: count },
  ]
}

const bucket = (labels: Labels, le: string, value: number): Sample => ({
  suffix: '_bucket',
  labels: { ...labels, le },
  value,
})
