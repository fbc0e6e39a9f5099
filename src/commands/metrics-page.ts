import { LABELS, METRICS, metricsOf, type Scope } from '../stats/metrics.ts'
import { BUCKETS_SECONDS } from '../stats/prometheus.ts'

/** One line for each family of the list of metrics. */
const counted = (): string => {
  const lines = new Map<string, string>()
  for (const scope of Object.keys(METRICS) as Scope[]) {
    for (const { family, kind, says, help = says, label = {}, byLabel } of Object.values(metricsOf(scope))) {
      if (family === undefined) continue
      const labels = [...LABELS[scope], ...Object.keys(label), ...(byLabel ? [byLabel] : [])].join(', ')
      lines.set(family, `| \`copyloop_${family}\` | ${kind} | ${labels} | ${help} |`)
    }
  }
  return [...lines.values()].join('\n')
}

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
| \`copyloop_server_up\` | gauge | upstream, server | Whether a server gets new connections: 1 or 0. |
| \`copyloop_state_version\` | gauge | | The version of the serving state, which counts its changes. |
| \`copyloop_log_lines_lost_total\` | counter | | Log lines that could not be written. |
| \`copyloop_worker_event_loop_delay_seconds\` | summary | worker, quantile | How late the event loop of a worker was, over the last minute. |
| \`copyloop_worker_resident_memory_bytes\` | gauge | worker | Resident memory of a worker. |
| \`copyloop_worker_open_fds\` | gauge | worker | Open file descriptors of a worker (Linux). |
| \`copyloop_build_info\` | gauge | version, node | Always 1. |

The buckets of histograms are, in seconds: ${BUCKETS_SECONDS.join(', ')}. Durations are measured in whole milliseconds,
rounded up. Workers count them in finer bins, so that no value is put into a wrong bucket.

A server, upstream or listener that is no longer served disappears from the answer after an hour.

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
