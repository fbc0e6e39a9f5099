import { Argument, type Command } from 'commander'
import { serverPath } from '../../dashboard/text/paths.ts'
import type { ServerAnswer } from '../../primary/operator/servers-by-hand.ts'
import { type ByHand, SET_BY_HAND } from '../../primary/servers/server-facts.ts'
import { print } from '../output.ts'
import { addAdminOption, adminClient, refusalOf } from './admin-client.ts'

/** Adds `copyloop server`: sets a server of a running copyloop by hand. */
export const addServer = (program: Command): void => {
  const command = program
    .command('server')
    .description('set a server by hand, until it is set to ready again or copyloop ends')
    .argument('<upstream>', 'the name of its upstream')
    .argument('<server>', 'its address, as copyloop status shows it')
    .addArgument(
      new Argument('<state>', 'drain: no new connections; down: neither new nor, with onServerDown: close, living ones')
        .choices(SET_BY_HAND)
        .argRequired(),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ copyloop server app 127.0.0.1:9000 drain\n  $ copyloop server app 127.0.0.1:9000 ready',
    )
  addAdminOption(command).action((upstream: string, server: string, state: ByHand, options: { admin?: string }) =>
    setServer(upstream, server, state, options, command),
  )
}

const setServer = async (
  upstream: string,
  server: string,
  state: ByHand,
  options: { admin?: string },
  command: Command,
): Promise<void> => {
  const { status, body } = await adminClient(options, command).ask('PUT', serverPath(upstream, server), { state })
  if (status !== 200) throw refusalOf(status, body)
  const answer = body as ServerAnswer
  const partial = answer.partial ? ' (not every worker has followed yet)' : ''
  print(`server ${answer.server} of upstream ${answer.upstream} is ${answer.state}: ${answer.stateReason}${partial}\n`)
}
