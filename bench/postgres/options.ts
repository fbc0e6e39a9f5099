import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const usage = `npm run postgres-regress -- --sources FOLDER [options]

PostgreSQL's own regression tests through copyloop (kernel engine, examples/postgres.yaml), while its processes are replaced.

  --sources FOLDER   the sources of the PostgreSQL that is installed, the same version
  --suite NAME       regress or isolation; regress unless told
  --every N          seconds from one replacement to the next, 10 unless told; 0: the next begins when one is over
  --take-over        replaces the whole program (run --take-over) instead of its workers (reload --workers)
  --direct           without copyloop: shows which tests pass without it

The isolation tests compare in which order several sessions are heard, to within 10 ms: on a machine with much else to do
some may fail through any proxy, replaced or not.

It needs a PostgreSQL server with pg_regress, of which Debian's packages are enough, and from the sources the C functions
that tests call. As root it runs the server and the tests as the user postgres, who must be able to read the sources:

  apt-get install postgresql-15 postgresql-server-dev-15 gcc
  apt-get source postgresql-15
  cd postgresql-15.*/src/test/regress
  for file in regress.c ../../../contrib/spi/autoinc.c ../../../contrib/spi/refint.c; do
    gcc -shared -fPIC -DREFINT_VERBOSE -I "$(pg_config --includedir-server)" -o "$(basename "$file" .c).so" "$file"
  done`

const SUITES = ['regress', 'isolation'] as const
type Suite = (typeof SUITES)[number]

export interface Options {
  readonly sources: string
  readonly suite: Suite
  readonly everyMs: number
  readonly replaced: 'workers' | 'programs' | 'nothing'
}

/** Undefined if help was asked for. @throws an error with a readable message for anything that is not in `usage` */
export const readOptions = (args: string[]): Options | undefined => {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    args,
    options: {
      sources: { type: 'string' },
      suite: { type: 'string', default: 'regress' },
      every: { type: 'string', default: '10' },
      'take-over': flag,
      direct: flag,
      help: flag,
    },
  })
  if (values.help) return undefined
  const { sources, every } = values
  if (sources === undefined) throw new Error('--sources is missing; see --help for where to get them')
  const suite = SUITES.find((name) => name === values.suite)
  if (!suite) throw new Error(`--suite ${values.suite}: there are ${SUITES.join(' and ')}`)
  if (!(Number(every) >= 0)) throw new Error(`--every ${every}: expected a number of seconds`)
  const replaced = values.direct ? 'nothing' : values['take-over'] ? 'programs' : 'workers'
  return { sources: resolve(sources), suite, everyMs: Number(every) * 1000, replaced }
}
