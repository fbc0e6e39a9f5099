import type { Command } from 'commander'
import { connectionPath } from '../../dashboard/text/paths.ts'
import type { ConnectionAnswer } from '../../primary/admin/connections/connections.ts'
import { print } from '../output.ts'
import { addAdminOption, adminClient, refusalOf } from './admin-client.ts'
import { storyScreen } from './screen/story-screen.ts'
import { terminal } from './screen/table.ts'

/** Adds `copyloop explain`: the story of one connection. */
export const addExplain = (program: Command): void => {
  const command = program
    .command('explain')
    .description('tell the story of one connection, living or ended, and what decided its end')
    .argument('<id>', 'its connectionId, from the access log or copyloop connections')
    .option('--json', 'print what GET /connections/ID answers')
    .addHelpText('after', '\nExample:\n  $ copyloop explain mwx7vhha-1-62')
  addAdminOption(command).action(async (id: string, options: { admin?: string; json?: true }) => {
    const { status, body } = await adminClient(options, command).ask('GET', connectionPath(id))
    if (status !== 200) throw refusalOf(status, body)
    print(options.json ? `${JSON.stringify(body, null, 2)}\n` : storyScreen(body as ConnectionAnswer, terminal()))
  })
}
