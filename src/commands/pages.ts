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
log lines, unless they have [a file of their own](#another-file-fewer-lines-no-addresses). \`log.access: false\` turns them off;
\`log.level\` does not affect them. On a terminal they are formatted for people, one line per connection.

A field that does not apply is absent, never null or empty. Times are whole milliseconds of a monotonic clock, except
\`time\`, which is the wall clock. They count from the moment when a worker accepted the client: the time that the client
waited in the kernel's queue is not included.

A killed worker writes no line for the connections that end with it, and loses the lines of its last tenth of a second.
\`/stats\` still counts those connections, as \`internalError\`, if the worker had reported them (it reports twice a second).
If the disk is full, or the reader of a pipe is stuck, each process keeps up to 16 MiB of lines per file; further lines are lost,
and the proxy goes on. \`logLinesLost\` in \`/stats\` counts them, and the log reports the loss once it can be written again.
Lines that are still kept when a worker ends are lost as well, and counted: at a stop the log's last lines report it.
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

## Another file, fewer lines, no addresses

\`\`\`yaml
log:
  access: { file: access.log, sample: 0.1, anonymize: /24 }
\`\`\`

- **\`file\`** takes the lines of connections out of the log. If it cannot be opened at the start, copyloop ends with an error, as
  with \`log.file\`. It may be the same file.
- **\`sample\`** is the fraction of the connections that end as \`completed\` which are logged. With any other outcome every
  connection is logged, so no error is missed; with \`sample: 0\` only those are. \`/stats\` and \`/metrics\` count all
  connections. Whether one is logged depends only on its number within its worker, by multiplicative hashing with the golden
  ratio: of any 1,000 that follow each other the fraction is right to within a few, and no listener whose clients come in a
  regular order is always left out.
- **\`anonymize: /24\`** leaves the network of the addresses in \`client\` and \`peer\`: \`192.0.2.77:4711\` becomes
  \`192.0.2.0:4711\`, with another length from \`/1\` to \`/31\` accordingly. IPv4 addresses that are written as IPv6 are
  IPv4 addresses. Of all other IPv6 addresses 48 bits are left, whatever the length: \`[2001:db8:1:2::3]:443\` becomes
  \`[2001:db8:1::]:443\`. The port stays, and so do the names of unix sockets.

No other line of the log names a client's address. These do, whatever \`anonymize\` is:

- the admin, while a connection lives and for a while after its end: \`/connections\`, \`copyloop top\` and \`explain\`, the
  dashboard ([connections.md](connections.md));
- the PROXY header for servers (\`sendProxyProtocol\`), and \`proxyUniqueId\`, if the balancer in front puts an address into it;
- inspectors: the files of \`builtin:capture\`, and notes of your own inspectors in \`verdict\`.

## Rotating

Rename \`log.file\`, \`log.access.file\` or both, and send SIGUSR2 to the primary, or \`POST /log/reopen\` to the admin: all
processes reopen the files under their old names, and no line is lost. With logrotate:

\`\`\`
/var/log/copyloop/*.log {
  daily
  rotate 14
  compress
  delaycompress
  postrotate
    curl -fsS -X POST http://127.0.0.1:9901/log/reopen
  endscript
}
\`\`\`
`
