import { configurationPage, schemaText } from '../config/pages/describe.ts'
import { FULL_EXAMPLE } from '../config/pages/example.ts'
import { OUTCOMES } from '../proxy/outcome.ts'
import { ACCESS_FIELDS } from '../worker/access-log.ts'
import { statsPage } from './stats-page.ts'

/** Every generated file: its path in the repository, and what stands in it. */
export const pages = (): ReadonlyMap<string, string> =>
  new Map([
    ['docs/configuration.md', configurationPage()],
    ['docs/config.schema.json', schemaText()],
    ['docs/outcomes.md', outcomesPage()],
    ['docs/access-log.md', accessLogPage()],
    ['docs/stats.md', statsPage()],
    ['examples/full.yaml', FULL_EXAMPLE],
  ])

const outcomesPage = (): string => `<!-- Generated from src/proxy/outcome.ts by "npm run docs"; change it there. -->

# Outcomes

Every connection ends with exactly one outcome. It is the field \`outcome\` of the access log, the label of the metrics
and the key under \`outcomes\` in \`/stats\`. Beside it stand the termination state that HAProxy would log (a small letter
is a timeout of that side, \`-\` means that it has none for this) and the response flags of Envoy.

| outcome | what it says | HAProxy | Envoy |
|---|---|---|---|
${Object.entries(OUTCOMES)
  .map(([outcome, { says, haproxy, envoy }]) => `| \`${outcome}\` | ${says} | \`${haproxy}\` | \`${envoy}\` |`)
  .join('\n')}
`

const accessLogPage =
  (): string => `<!-- Generated from src/worker/access-log.ts by "npm run docs"; change it there. -->

# The access log

Every connection is logged once, in one line of JSON, at its end. The lines go where all others go: to stdout, or to
\`log.file\`. \`log.access: false\` turns them off; \`log.level\` does not touch them. On a terminal they are shown in a form
for people: one line with what matters of a connection.

A field that does not apply is absent: it is never null or empty. Times are whole milliseconds of a clock that never
jumps, except \`time\`, which is the wall clock. They count from the moment when a worker took the client from the
kernel: how long it waited for that is not in them.

A worker that is killed writes no line for the connections that end with it, and loses the lines of its last tenth of a
second. Those connections are counted all the same, in \`/stats\`, as \`internalError\`, if it had reported them before
it died (it reports twice a second). When the reader of a pipe or a disk is stuck or full, lines beyond 16 MiB of a
process are lost, and the proxy goes on: \`logLinesLost\` in \`/stats\` counts them, and the log says so when it can be
written again. What is still kept when copyloop stops is lost as well.

| field | what it says |
|---|---|
${Object.entries(ACCESS_FIELDS)
  .map(([field, says]) => `| \`${field}\` | ${says} |`)
  .join('\n')}

To read them with jq, such as how many connections ended in which way:

\`\`\`console
$ jq -r 'select(.msg == "connection") | .outcome' copyloop.log | sort | uniq -c
\`\`\`

## Rotating

With \`log.file\`, rename the file and send the primary SIGUSR2: all processes open it anew under its old name.
`
