import { LONG_BUCKETS, SHORT_BUCKETS } from '../stats/buckets.ts'
import { LABELS, METRICS, metricsOf, type Scope } from '../stats/metrics.ts'
import { OTHER_FAMILIES } from '../stats/other-families.ts'

/** One line for each family of the list of metrics. */
const counted = (): string => {
  const lines = new Map<string, string>()
  for (const scope of Object.keys(METRICS) as Scope[]) {
    for (const { family, kind, says, help = says, label = {}, byLabel } of Object.values(metricsOf(scope))) {
      if (family === undefined) continue
      const labels = [...LABELS[scope], ...Object.keys(label), ...(byLabel ? [byLabel] : [])]
      lines.set(family, lineOf(family, kind, labels, help))
    }
  }
  return [...lines.values()].join('\n')
}

const others = (): string =>
  Object.entries(OTHER_FAMILIES)
    .map(([name, { type, labels, help }]) => lineOf(name, type, labels, help))
    .join('\n')

const lineOf = (name: string, type: string, labels: readonly string[], help: string): string =>
  `| \`copyloop_${name}\` | ${type} |${labels.length > 0 ? ` ${labels.join(', ')} ` : ' '}| ${help} |`

/** docs/metrics.md, made of the one list of what is counted. */
export const metricsPage =
  (): string => `<!-- Generated from src/stats/metrics.ts by "npm run docs"; change it there. -->

# Metrics for Prometheus

\`GET /metrics\` of the admin answers in Prometheus' text format 0.0.4. The numbers are those of the moment of the request,
as in \`/stats\`. A counter never falls while copyloop runs, also when workers are replaced.

\`\`\`yaml
scrape_configs:
  - job_name: copyloop
    static_configs: [{ targets: ["127.0.0.1:9901"] }]
\`\`\`

| name | type | labels | what it is |
|---|---|---|---|
${counted()}
${others()}

The buckets of \`copyloop_inspector_seconds\` are ${SHORT_BUCKETS.join(', ')}; those of all other histograms are
${LONG_BUCKETS.join(', ')}. Workers count in finer bins, so no value is put into a wrong bucket: log-linear ones, of which each is at most
5 % from any value in it. Calls of inspectors are measured in microseconds, all else in whole milliseconds, rounded up.

A server, upstream or listener that is no longer served disappears from the answer after an hour; of more than 2,000 such
names, those that went first disappear earlier. If it returns after that, it is counted from 0.

[examples/grafana.json](../examples/grafana.json) is a dashboard of these metrics, and
[examples/alerts.yaml](../examples/alerts.yaml) has rules for alerts.

## Questions

\`\`\`promql
# New connections a second, by listener
sum by (listener) (rate(copyloop_connections_accepted_total[5m]))
# The share of connections that did not end in order
1 - sum(rate(copyloop_connections_ended_total{outcome="completed"}[5m])) / sum(rate(copyloop_connections_ended_total[5m]))
# 99 of 100 clients had a server within this time
histogram_quantile(0.99, sum by (upstream, le) (rate(copyloop_dial_duration_seconds_bucket[5m])))
\`\`\`
`
