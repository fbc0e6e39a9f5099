import { METRICS, metricsOf, type Scope } from '../stats/metrics.ts'

const HEADINGS: Readonly<Record<Scope, string>> = {
  listener: 'Of each listener, and in `totals` of all together',
  server: 'Of each server, under its upstream',
  inspector: 'Of each inspector of a listener, under `inspectors`',
  worker: 'Of the processes together',
}

const table = (scope: Scope): string =>
  Object.entries(metricsOf(scope))
    .map(([name, { kind, says, by }]) => `| \`${name}\` | ${kind}${by ? ' by label' : ''} | ${says} |`)
    .join('\n')

const section = (scope: Scope): string => `## ${HEADINGS[scope]}

| key | kind | what it counts |
|---|---|---|
${table(scope)}
`

/** docs/stats.md, made of the one list of what is counted. */
export const statsPage = (): string => `<!-- Generated from src/stats/metrics.ts by "npm run docs"; change it there. -->

# What \`/stats\` counts

A counter only grows, also when workers die and are replaced; a gauge is as it is now. \`connectionsAccepted\` is always
\`connectionsActive\` plus all \`outcomes\`. The numbers are as of the moment of the request, but those of a worker that does
not answer within a quarter of a second, which are as it last reported them, at most half a second ago. What a worker
that is killed had counted since its last report is lost with it.

${(Object.keys(METRICS) as Scope[]).map(section).join('\n')}
## Beside the counters

| key | what it is |
|---|---|
| \`version\`, \`uptimeSeconds\` | copyloop's version, and for how long the primary has run |
| \`draining\` | whether it is stopping |
| \`engine\` | what all workers relay with, or \`mixed\` when a later worker had to do without the kernel engine; each worker has its own beside it |
| \`stateVersion\` | counts the changes of what is served; each worker has the version that it serves beside it |
| \`workers\` | the processes: \`id\`, \`pid\`, \`state\` (\`starting\`, \`serving\`, \`stale\`, \`draining\`), \`engine\`, \`stateVersion\`, \`connectionsActive\`, \`rssBytes\`, \`eventLoopDelayP99Ms\` |
`
