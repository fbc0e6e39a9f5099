import { METRICS, metricsOf, type Scope } from '../stats/metrics.ts'

const HEADINGS: Readonly<Record<Scope, string>> = {
  listener: 'Per listener, and summed in `totals`',
  upstream: 'Per upstream',
  server: 'Per server, under its upstream',
  inspector: 'Per inspector of a listener, under `inspectors`',
  worker: 'Summed over all processes',
}

const table = (scope: Scope): string =>
  Object.entries(metricsOf(scope))
    .filter(([, { onlyMetrics }]) => !onlyMetrics)
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

A counter only grows, also when workers die and are replaced; a gauge is a current value. \`connectionsAccepted\` is always
\`connectionsActive\` plus all \`outcomes\`. The numbers are those of the moment of the request. If a worker does not answer
within a quarter of a second, its last report counts; it sends one every half second. What a killed worker had counted
since its last report is lost. A server or listener that returns more than an hour after it was removed is counted from 0.

${(Object.keys(METRICS) as Scope[])
  .filter((scope) => table(scope) !== '')
  .map(section)
  .join('\n')}
## Beside the counters

| key | what it is |
|---|---|
| \`version\`, \`uptimeSeconds\` | copyloop's version, and how long the primary has run |
| \`draining\` | whether copyloop is stopping |
| \`engine\` | the engine of all workers, or \`mixed\` if a later worker could not use the kernel engine; each worker also has its own |
| \`stateVersion\` | the version of the serving state, which counts its changes; each worker also has the version that it serves |
| \`state\`, \`stateReason\`, \`weight\` of a server | its state, why it is in it, and its share of new connections: see [the states of a server](operating.md#the-states-of-a-server) |
| \`backup\`, \`maxConnections\` of a server | whether it gets connections only while no other server is left, and how many it may have; null for no limit |
| \`queued\` of a server | while it is in rotation, the clients that wait in the queue of its upstream and may get its next place |
| \`discovery\` of an upstream | how finding its addresses goes, if it has names: \`source\` (\`dns\`, or \`srv\` with SRV records), \`state\` (\`ok\`, \`failing\`, \`waiting\` before the first answer), \`ageMs\` of the oldest answer in use, \`lastError\` while it is failing, \`servers\` that have an address, and \`revision\`, which counts the changes: see [names](names.md) |
| \`lastCheckMs\`, \`ejectedForMs\` of a server | how long its last check took, and for how long it has been ejected; null where it was not |
| \`workers\` | the processes: \`id\`, \`pid\`, \`state\` (\`starting\`, \`serving\`, \`stale\`, or \`draining\`: another has taken its place, or copyloop stops), \`engine\`, \`stateVersion\`, \`connectionsActive\`, \`rssBytes\`, \`eventLoopDelayP99Ms\` |
`
