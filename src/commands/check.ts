import type { Command } from 'commander'
import { configFile } from '../config/load.ts'
import { ConfigError, formatProblem, type Problem } from '../config/problems/problem.ts'
import type { Config } from '../config/schema.ts'
import { loadWithInspectors } from './load-with-inspectors.ts'

/** `sysexits.h` EX_CONFIG. */
const WRONG_CONFIG = 78
const WRONG_USAGE = 2

interface Options {
  readonly config?: string
  readonly json?: true
}

/** Adds `copyloop check`: says everything that is wrong with a config. Exit code 0 if nothing is, else 78. */
export const addCheck = (program: Command): void => {
  program
    .command('check')
    .description('say everything that is wrong with a config, with path and line')
    .option('-c, --config <file>', 'the config file, YAML or JSON (environment: COPYLOOP_CONFIG)')
    .option('--json', 'print { "ok": …, "problems": […] } to stdout')
    .addHelpText(
      'after',
      `
Examples:
  copyloop check -c copyloop.yaml
  copyloop check -c copyloop.yaml --json | jq .problems

Exit codes: 0 the config is fine, 78 it is wrong, 2 no file was named.`,
    )
    .action(async (options: Options) => {
      const file = configFile(options.config)
      if (file === undefined) {
        process.stderr.write('error: no config file is named; write -c FILE or set COPYLOOP_CONFIG\n')
        process.exitCode = WRONG_USAGE
        return
      }
      await check(file, options.json === true)
    })
}

const check = async (file: string, json: boolean): Promise<void> => {
  const checked = await load(file)
  const problems = checked instanceof ConfigError ? checked.problems : []
  if (checked instanceof ConfigError) process.exitCode = WRONG_CONFIG
  if (json) process.stdout.write(asJson(problems))
  else if (checked instanceof ConfigError) process.stderr.write(`${problems.map(formatProblem).join('\n')}\n`)
  else process.stdout.write(`${file} is fine: ${counted(checked)}\n`)
}

const load = async (file: string): Promise<Config | ConfigError> => {
  try {
    return await loadWithInspectors(file)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}

const asJson = (problems: readonly Problem[]): string =>
  `${JSON.stringify({ ok: problems.length === 0, problems }, null, 2)}\n`

const counted = ({ listeners, upstreams }: Config): string =>
  `${plural(listeners.length, 'listener')}, ${plural(upstreams.length, 'upstream')}`

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
