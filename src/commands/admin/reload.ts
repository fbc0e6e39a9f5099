import type { Command } from 'commander'
import { ConfigError } from '../../config/problems/problem.ts'
import { EXIT } from '../../primary/exit.ts'
import type { ReloadWithWorkers } from '../../primary/reload/with-workers.ts'
import { print, printError } from '../output.ts'
import { addAdminOption, adminClient, CommandFailed, refusalOf } from './admin-client.ts'
import { askStats, oldWorkersLeft } from './old-workers.ts'
import { planScreen } from './screen/plan-screen.ts'
import { terminal } from './screen/table.ts'

interface ReloadOptions {
  readonly admin?: string
  readonly plan?: true
  readonly workers?: true
  readonly json?: true
}

/** New workers start one after another; one that cannot serve is given up after 15 seconds. */
const WORKERS_WITHIN_MS = 600_000

/** Adds `copyloop reload`: has a running copyloop apply its config, or tell what that would change. */
export const addReload = (program: Command): void => {
  const command = program
    .command('reload')
    .description('have a running copyloop read its config anew and apply it, or show what that would change')
    .option('--plan', 'change nothing: show what would change, and how many living connections it is about')
    .option('--workers', 'then replace the workers one after another, and return when the old ones have left')
    .option('--json', 'print the answer of POST /reload')
    .addHelpText(
      'after',
      `
Examples:
  $ copyloop reload --plan
  $ copyloop reload
  $ copyloop reload --workers

Exit codes: ${EXIT.done} done, ${EXIT.wrongConfig} the config is wrong and nothing has changed, ${EXIT.failed} copyloop cannot be asked,
not all workers could be replaced, or connections were lost.`,
    )
  addAdminOption(command).action((options: ReloadOptions) => reload(options, command))
}

const reload = async (options: ReloadOptions, command: Command): Promise<void> => {
  const { plan, workers, json } = options
  if (plan && workers) return command.error('error: a plan replaces no workers: give --plan or --workers')
  const client = adminClient(options, command, workers && WORKERS_WITHIN_MS)
  const before = workers && (await askStats(client))
  const { status, body } = await client.ask('POST', pathOf(options))
  const answer = body as ReloadWithWorkers
  const isAnswer = status === 200 || status === 422 || (answer.applied && answer.workers !== undefined)
  if (!isAnswer) throw refusalOf(status, body)
  if (json) {
    print(`${JSON.stringify(answer, null, 2)}\n`)
    if ('problems' in answer) process.exitCode = EXIT.wrongConfig
  } else show(answer)
  if (answer.error !== undefined) throw new CommandFailed(answer.error)
  if (answer.workers === undefined || before === undefined) return
  const say = json ? () => {} : print
  say(`workers that were replaced: ${answer.workers.replaced}\n`)
  await oldWorkersLeft(adminClient(options, command), before, say)
}

const pathOf = ({ plan, workers }: ReloadOptions): string => {
  if (plan) return '/reload?plan=true'
  return workers ? '/reload?workers=true' : '/reload'
}

const show = (answer: ReloadWithWorkers): void => {
  if ('problems' in answer) throw new ConfigError(answer.problems)
  print(planScreen(answer.plan, terminal()))
  if (!answer.applied) return
  const partial = answer.partial ? '; not every worker has followed yet' : ''
  print(`the config is applied (version ${answer.stateVersion} of the state)${partial}\n`)
  if (answer.plan.needsRestart.length === 0) return
  const paths = answer.plan.needsRestart.map((change) => change.path)
  printError(`not before a restart: ${paths.join(', ')}\n`)
}
