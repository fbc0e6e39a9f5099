/** START HERE. `npm run postgres-regress -- --help`. PostgreSQL's regression tests while copyloop's processes are replaced. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from '../measure/children.ts'
import { repeatedly } from '../measure/repeatedly.ts'
import { type Options, readOptions, usage } from './options.ts'
import { ReplacedProxy } from './replaced-proxy.ts'
import { findPostgres, PostgresServer } from './server.ts'
import { runSuite, suiteCommand } from './suites.ts'
import { summaryOf, troublesIn } from './summary.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'copyloop-postgres-'))

/** What the tests expect of a server. */
const SETTINGS = ['max_prepared_transactions=2']

const main = async (): Promise<boolean> => {
  const options = readOptions(process.argv.slice(2))
  if (!options) {
    say(usage)
    return true
  }
  const programs = findPostgres()
  if (programs === undefined) throw new Error('PostgreSQL is not installed: no initdb in /usr/lib/postgresql or PATH')
  const command = suiteCommand(options, programs)
  const [folder, proxyFolder] = [newFolder(), newFolder()]
  const server = await PostgresServer.start(programs, folder, SETTINGS)
  const run = (port: number) => runSuite(command, folder, port)
  const passed = await (options.replaced === 'nothing'
    ? run(server.port)
    : through(options, await ReplacedProxy.start(server.address, proxyFolder), run))
  await server.end()
  if (passed) for (const path of [folder, proxyFolder]) rmSync(path, { recursive: true })
  else say(`see ${folder} and ${proxyFolder}`)
  return passed
}

const through = async (
  { replaced, everyMs }: Options,
  proxy: ReplacedProxy,
  run: (port: number) => Promise<boolean>,
): Promise<boolean> => {
  const replacing = repeatedly(everyMs, () => (replaced === 'programs' ? proxy.takeOver() : proxy.replaceWorkers()))
  const passed = await run(proxy.port)
  await replacing.stop()
  await proxy.stop()
  const troubles = troublesIn(proxy.lines)
  say([`${replaced} replaced: ${replacing.times} times`, summaryOf(proxy.lines), ...troubles].join('\n'))
  return passed && troubles.length === 0
}

await runProgram(main)
