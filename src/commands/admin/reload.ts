import type { Command } from 'commander'
import { ConfigError } from '../../config/problems/problem.ts'
import { EXIT } from '../../primary/exit.ts'
import type { ReloadAnswer } from '../../primary/reload/reload.ts'
import { print, printError } from '../output.ts'
import { addAdminOption, adminClient, refusalOf } from './admin-client.ts'
import { planScreen } from './screen/plan-screen.ts'
import { terminal } from './screen/table.ts'

interface ReloadOptions {
  readonly admin?: string
  readonly plan?: true
  readonly json?: true
}

/** Adds `copyloop reload`: has a running copyloop apply its config, or tell what that would change. */
export const addReload = (program: Command): void => {
  const command = program
    .command('reload')
    .description('have a running copyloop read its config anew and apply it, or show what that would change')
    .option('--plan', 'change nothing: show what would change, and how many living connections it is about')
    .option('--json', 'print the answer of POST /reload')
    .addHelpText(
      'after',
      `
Examples:
  $ copyloop reload --plan
  $ copyloop reload

Exit codes: ${EXIT.done} done, ${EXIT.wrongConfig} the config is wrong and nothing has changed, ${EXIT.failed} copyloop cannot be asked.`,
    )
  addAdminOption(command).action((options: ReloadOptions) => reload(options, command))
}

const reload = async (options: ReloadOptions, command: Command): Promise<void> => {
  const path = options.plan ? '/reload?plan=true' : '/reload'
  const { status, body } = await adminClient(options, command).ask('POST', path)
  if (status !== 200 && status !== 422) throw refusalOf(status, body)
  const answer = body as ReloadAnswer
  if (options.json) {
    print(`${JSON.stringify(answer, null, 2)}\n`)
    if ('problems' in answer) process.exitCode = EXIT.wrongConfig
    return
  }
  if ('problems' in answer) throw new ConfigError(answer.problems)
  print(planScreen(answer.plan, terminal()))
  if (!answer.applied) return
  const partial = answer.partial ? '; not every worker has followed yet' : ''
  print(`the config is applied (version ${answer.stateVersion} of the state)${partial}\n`)
  if (answer.plan.needsRestart.length === 0) return
  const paths = answer.plan.needsRestart.map((change) => change.path)
  printError(`not before a restart: ${paths.join(', ')}\n`)
}
