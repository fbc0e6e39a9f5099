import { type Command, Option } from 'commander'
import { killPath } from '../../dashboard/text/paths.ts'
import { KILLS, type Kill } from '../../ipc/questions.ts'
import { print } from '../output.ts'
import { addAdminOption, adminClient, refusalOf } from './admin-client.ts'
import { type Killed, killedText } from './screen/killed-text.ts'

/** Adds `copyloop kill`: ends one connection of a running copyloop. */
export const addKill = (program: Command): void => {
  const command = program
    .command('kill')
    .description('end one living connection; its outcome is killed')
    .argument('<id>', 'its connectionId, from copyloop connections')
    .addOption(new Option('--how <how>', 'with what both sides are ended').choices(KILLS).default('rst'))
    .addHelpText('after', '\nExamples:\n  $ copyloop kill mwx7vhha-1-62\n  $ copyloop kill mwx7vhha-1-62 --how fin')
  addAdminOption(command).action(async (id: string, { how, ...options }: { admin?: string; how: Kill }) => {
    const { status, body } = await adminClient(options, command).ask('DELETE', killPath(id, how))
    if (status !== 200) throw refusalOf(status, body)
    print(`${killedText(body as Killed)}\n`)
  })
}
