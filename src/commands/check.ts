import type { Command } from 'commander'
import { doubtsAbout } from '../config/doubts.ts'
import { configFile, DEFAULT_FILE } from '../config/load.ts'
import { ConfigError, formatProblem, type Problem } from '../config/problems/problem.ts'
import type { Config } from '../config/schema.ts'
import { doubtAboutTokenReaders } from '../config/token/token-readers.ts'
import { EXIT } from '../primary/exit.ts'
import { loadWithInspectors } from './load-with-inspectors.ts'
import { print, printError } from './output.ts'

interface Options {
  readonly config?: string
  readonly json?: true
}

/** Adds `copyloop check`: reports everything that is wrong with a config. Exit code 0 if nothing is, else 78. */
export const addCheck = (program: Command): void => {
  program
    .command('check')
    .description('report everything that is wrong with a config, with path and line')
    .option('-c, --config <file>', `the config file, YAML or JSON (default: $COPYLOOP_CONFIG or ${DEFAULT_FILE})`)
    .option('--json', 'print { "ok": …, "problems": […] } to stdout, and "warnings" if there are some')
    .addHelpText(
      'after',
      `
Examples:
  copyloop check -c copyloop.yaml
  copyloop check -c copyloop.yaml --json | jq .problems

Exit codes: ${EXIT.done} the config is fine, ${EXIT.wrongConfig} it is wrong, ${EXIT.wrongUsage} there is no file to check.`,
    )
    .action(async (options: Options) => {
      const file = configFile(options.config)
      if (file === undefined) {
        printError(`error: there is no ${DEFAULT_FILE} here; pass -c FILE\n`)
        process.exitCode = EXIT.wrongUsage
        return
      }
      await check(file, options.json === true)
    })
}

const check = async (file: string, json: boolean): Promise<void> => {
  const checked = await load(file)
  if (checked instanceof ConfigError) {
    process.exitCode = EXIT.wrongConfig
    if (json) print(asJson(checked.problems, []))
    else printError(`${checked.problems.map(formatProblem).join('\n')}\n`)
    return
  }
  const warnings = [doubtAboutTokenReaders(checked) ?? [], doubtsAbout(checked)].flat()
  if (json) return print(asJson([], warnings))
  print(`${file} is fine: ${counted(checked)}\n`)
  for (const warning of warnings) printError(`warning: ${warning}\n`)
}

const load = async (file: string): Promise<Config | ConfigError> => {
  try {
    return (await loadWithInspectors(file)).config
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}

const asJson = (problems: readonly Problem[], warnings: readonly string[]): string =>
  `${JSON.stringify({ ok: problems.length === 0, problems, ...(warnings.length > 0 && { warnings }) }, null, 2)}\n`

const counted = ({ listeners, upstreams }: Config): string =>
  `${plural(listeners.length, 'listener')}, ${plural(upstreams.length, 'upstream')}`

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
