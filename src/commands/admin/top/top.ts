import type { Command } from 'commander'
import { addAdminOption, adminClient, CommandFailed } from '../admin-client.ts'
import { isInteractive, terminal } from '../screen/table.ts'
import { LiveScreen } from './live-screen.ts'
import { Session } from './session.ts'

const HELP = `
Keys: a, i, b, r sort by age, idle, bytes, rate; / filters, k kills, enter explains, q quits, ? has them all.

Examples:
  $ copyloop top
  $ copyloop top --admin unix:/run/copyloop/admin.sock`

/** Adds `copyloop top`: the living connections of a running copyloop, live in a terminal. */
export const addTop = (program: Command): void => {
  const command = program
    .command('top')
    .description('watch the living connections of a running copyloop; sort, filter, explain and kill them')
    .addHelpText('after', HELP)
  addAdminOption(command).action(async (options: { admin?: string }) => {
    const client = adminClient(options, command)
    if (!isInteractive()) {
      throw new CommandFailed('top needs a terminal to draw on; without one, use copyloop connections')
    }
    await new Session(client, new LiveScreen(process.stdin, process.stdout, terminal().colours)).run()
  })
}
