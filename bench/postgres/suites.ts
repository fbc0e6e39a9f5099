import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { own } from '../measure/children.ts'
import type { Options } from './options.ts'
import { asPostgres } from './server.ts'

const SUITES = {
  regress: {
    runner: 'pg_regress',
    schedule: 'parallel_schedule',
    functions: ['regress.so', 'autoinc.so', 'refint.so'],
  },
  isolation: { runner: 'pg_isolation_regress', schedule: 'isolation_schedule', functions: [] },
}

/**
 * The command that runs PostgreSQL's tests.
 *
 * @param programs the folder of the server's programs
 * @throws if a file that it needs is missing
 */
export const suiteCommand = ({ sources, suite }: Options, programs: string): string[] => {
  const { runner, schedule, functions } = SUITES[suite]
  const tests = join(sources, 'src', 'test', suite)
  const program = join(programs, '..', 'lib', 'pgxs', 'src', 'test', suite, runner)
  for (const file of [program, ...[schedule, ...functions].map((name) => join(tests, name))]) {
    if (!existsSync(file)) throw new Error(`${file} is missing; see --help for what is needed`)
  }
  const places = [`--bindir=${programs}`, `--inputdir=${tests}`, `--dlpath=${tests}`]
  return [program, ...places, `--schedule=${join(tests, schedule)}`]
}

/**
 * Runs them against a port, and shows what they print.
 *
 * @param folder one that the user of the server may write to
 * @returns whether all have passed
 */
export const runSuite = async (command: readonly string[], folder: string, port: number): Promise<boolean> => {
  const options = [`--outputdir=${folder}`, '--host=127.0.0.1', `--port=${port}`, '--user=postgres']
  const child = own(
    spawn(...asPostgres(...command, ...options), { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] }),
  )
  const [code] = await once(child, 'exit')
  return code === 0
}
