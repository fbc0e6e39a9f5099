import type { Command } from 'commander'
import type { Stats } from '../../primary/admin/stats-answer.ts'
import { print } from '../output.ts'
import { addAdminOption, adminClient, refusalOf } from './admin-client.ts'
import { statusScreen } from './screen/status-screen.ts'
import { terminal } from './screen/table.ts'

interface StatusOptions {
  readonly admin?: string
  readonly json?: true
}

/** Adds `copyloop status`: one screen about a running copyloop. */
export const addStatus = (program: Command): void => {
  const command = program
    .command('status')
    .description('show listeners, upstreams, servers and workers of a running copyloop')
    .option('--json', 'print everything that is counted, as GET /stats answers')
    .addHelpText('after', '\nExamples:\n  $ copyloop status\n  $ copyloop status --json | jq .upstreams')
  addAdminOption(command).action(async (options: StatusOptions) => {
    const { status, body } = await adminClient(options, command).ask('GET', '/stats')
    if (status !== 200) throw refusalOf(status, body)
    print(options.json ? `${JSON.stringify(body, null, 2)}\n` : statusScreen(body as Stats, terminal()))
  })
}
