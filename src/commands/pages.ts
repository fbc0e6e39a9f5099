import { configurationPage, schemaText } from '../config/pages/describe.ts'
import { FULL_EXAMPLE } from '../config/pages/example.ts'
import { ACCESS_FIELDS } from '../worker/reporting/access-log.ts'
import { metricsPage } from './metrics-page.ts'
import { outcomesPage } from './outcomes-page.ts'
import { statsPage } from './stats-page.ts'

/** Every generated file: its path in the repository, and its text. */
export const pages = (): ReadonlyMap<string, string> =>
  new Map([
    ['docs/configuration.md', configurationPage()],
    ['docs/config.schema.json', schemaText()],
    ['docs/outcomes.md', outcomesPage()],
    ['docs/access-log.md', accessLogPage()],
    ['docs/stats.md', statsPage()],
    ['docs/metrics.md', metricsPage()],
    ['examples/full.yaml', FULL_EXAMPLE],
  ])

const accessLogPage =
  (): string => `<!-- Generated from src/worker/reporting/access-log.ts by "npm run docs"; change it there. -->

# The access log

Every connection is logged once, as one line of JSON, when it ends. The lines go to stdout or \`log.file\`, with all other
log lines. \`log.access: false\` turns them off; \`log.level\` does not affect them. On a terminal they are formatted for
people, one line per connection.

A field that does not apply is absent, never null or empty. Times are whole milliseconds of a monotonic clock, except
\`time\`, which is the wall clock. They count from the moment when a worker accepted the client: the time that the client
waited in the kernel's queue is not included.

A killed worker writes no line for the connections that end with it, and loses the lines of its last tenth of a second.
\`/stats\` still counts those connections, as \`internalError\`, if the worker had reported them (it reports twice a second).
If the disk is full, or the reader of a pipe is stuck, each process keeps up to 16 MiB of lines; further lines are lost,
and the proxy goes on. \`logLinesLost\` in \`/stats\` counts them, and the log reports the loss once it can be written again.
Lines that are still kept when copyloop stops are lost as well.
A line that a full disk took only in part is written again as a whole, and blanks take the place of the part. Where they
cannot (standard output that is a file, or without /proc), the part stays, on a line of its own, and counts as a lost line.

| field | meaning |
|---|---|
${Object.entries(ACCESS_FIELDS)
  .map(([field, says]) => `| \`${field}\` | ${says} |`)
  .join('\n')}

To count connections by outcome with jq:

\`\`\`console
$ jq -r 'select(.msg == "connection") | .outcome' copyloop.log | sort | uniq -c
\`\`\`

## Rotating

With \`log.file\`, rename the file and send SIGUSR2 to the primary: all processes reopen the file under its old name.
`
