import { type Command, Option } from 'commander'
import { SORTS } from '../../ipc/connection-parts.ts'
import type { ConnectionsAnswer } from '../../primary/admin/connections/connections.ts'
import { listQuery } from '../../primary/admin/connections/connections-query.ts'
import { print, printError } from '../output.ts'
import { addAdminOption, adminClient, refusalOf } from './admin-client.ts'
import { connectionTable } from './screen/connection-table.ts'
import { terminal } from './screen/table.ts'

interface ConnectionsOptions {
  readonly admin?: string
  readonly json?: true
  readonly listener?: string
  readonly server?: string
  readonly client?: string
  readonly sort?: string
  readonly limit?: string
}

const FILTERS = ['listener', 'server', 'client', 'sort', 'limit'] as const
const SELECTING: ReadonlySet<string> = new Set(['listener', 'server', 'client'])

/** Adds `copyloop connections`: the living connections of a running copyloop. */
export const addConnections = (program: Command): void => {
  const command = program
    .command('connections')
    .description('list the living connections of a running copyloop')
    .option('--listener <name>', 'only those of this listener')
    .option('--server <address>', 'only those to this server, as copyloop status shows it')
    .option('--client <network>', 'only those of clients in this network, such as 10.0.0.0/8, or of this address')
    .addOption(new Option('--sort <by>', 'the largest first').choices(SORTS).default('age'))
    .option('--limit <count>', 'how many are shown', '100')
    .option('--json', 'print what GET /connections answers')
    .addHelpText(
      'after',
      '\nExamples:\n  $ copyloop connections --sort rate --limit 10\n  $ copyloop connections --client 10.1.0.0/16 --json',
    )
  addAdminOption(command).action(async (options: ConnectionsOptions) => {
    const given = FILTERS.flatMap((name) =>
      options[name] === undefined ? [] : [[name, options[name]] as [string, string]],
    )
    const wrong = listQuery.safeParse(Object.fromEntries(given)).error?.issues[0]
    if (wrong) command.error(`error: --${wrong.message}`)
    const query = new URLSearchParams(given)
    const { status, body } = await adminClient(options, command).ask('GET', `/connections?${query}`)
    if (status !== 200) throw refusalOf(status, body)
    if (options.json) return print(`${JSON.stringify(body, null, 2)}\n`)
    const answer = body as ConnectionsAnswer
    if (answer.returned > 0) print(`${connectionTable(answer.connections, terminal())}\n`)
    else
      printError(
        given.some(([name]) => SELECTING.has(name)) ? 'no living connection matches\n' : 'no living connections\n',
      )
    if (answer.total > answer.returned) printError(`${answer.returned} of ${answer.total} are shown; see --limit\n`)
    if (answer.partial) printError('some worker has not answered: connections are missing\n')
  })
}
