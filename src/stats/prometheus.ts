/** The text format of Prometheus, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). */
import { inMicroseconds } from './buckets.ts'
import { countOf, cumulative, type Histogram, SUM } from './histogram.ts'
import type { Metric } from './metric.ts'
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

export const exposition = (families: readonly Family[]): string => families.map(textOf).join('')

const textOf = ({ name, type, help, samples }: Family): string => {
  let text = `# HELP copyloop_${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE copyloop_${name} ${type}\n`
  for (const { suffix = '', labels, value } of samples) {
    text += `copyloop_${name}${suffix}${labelsText(labels)} ${numberText(value)}\n`
  }
  return text
}

const labelsText = (labels: Labels): string => {
  let pairs = ''
  for (const label in labels) pairs += `${pairs && ','}${label}="${escaped(labels[label] ?? '')}"`
  return pairs && `{${pairs}}`
}

const escaped = (text: string): string =>
  /[\\"\n]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : text

const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN'

/** The families of the list of metrics that have a name there, with the samples of each entry. */
export const familiesOf = (entries: readonly Entry[]): Family[] => {
  const families = new Map<string, Family & { samples: Sample[] }>()
  for (const scope of Object.keys(METRICS) as Scope[]) {
    const ofScope = entries
      .filter((entry) => entry.scope === scope)
      .map(({ names, counts }) => ({
        labels: Object.fromEntries(LABELS[scope].map((label, at) => [label, names[at] ?? ''])),
        counts: counts as Readonly<Record<string, number | Histogram>>,
      }))
    for (const [name, metric] of Object.entries(metricsOf(scope))) {
      const { family: familyName, kind, says, help = says } = metric
      if (familyName === undefined) continue
      const family = families.get(familyName) ?? { name: familyName, type: kind, help, samples: [] }
      families.set(familyName, family)
      for (const { labels, counts } of ofScope) {
        addSamples(family.samples, metric, { ...labels, ...metric.label }, counts[name] ?? 0)
      }
    }
  }
  return [...families.values()]
}

const addSamples = (samples: Sample[], metric: Metric, labels: Labels, value: number | Histogram): void => {
  if (typeof value === 'number') samples.push({ labels, value })
  else if (metric.kind === 'histogram') samples.push(...histogramSamples(metric, labels, value))
  else {
    const { by = [], byLabel = 'by', sparse, zerosInMetrics } = metric
    const shown = sparse && !zerosInMetrics ? Object.keys(value) : by
    for (const label of shown) samples.push({ labels: { ...labels, [byLabel]: label }, value: value[label] ?? 0 })
  }
}

const histogramSamples = ({ buckets = [] }: Metric, labels: Labels, histogram: Histogram): Sample[] => {
  const counts = cumulative(histogram, inMicroseconds(buckets))
  const count = countOf(histogram)
  return [
    ...buckets.map((le, at) => bucket(labels, String(le), counts[at] ?? 0)),
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
