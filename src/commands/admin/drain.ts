import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { formatDuration } from '../../config/fields/duration.ts'
import type { DrainAnswer } from '../../primary/operator/drain.ts'
import { print } from '../output.ts'
import {
  type AdminClient,
  addAdminOption,
  adminClient,
  CommandFailed,
  NothingListens,
  refusalOf,
} from './admin-client.ts'

const LOOK_EVERY_MS = 200
/** Beyond the time in which it has ended at the latest. */
const GRACE_MS = 2_000

interface DrainOptions {
  readonly admin?: string
  readonly wait?: true
}

/** Adds `copyloop drain`: drains and stops a running copyloop. */
export const addDrain = (program: Command): void => {
  const command = program
    .command('drain')
    .description('drain and stop, as SIGTERM does; while it drains: stop at once')
    .option('--wait', 'return only when copyloop has stopped')
    .addHelpText(
      'after',
      '\nExamples:\n  $ copyloop drain\n  $ copyloop drain --wait --admin unix:/run/copyloop/admin.sock',
    )
  addAdminOption(command).action(async (options: DrainOptions) => {
    const client = adminClient(options, command)
    const { status, body } = await client.ask('POST', '/drain')
    if (status !== 200) throw refusalOf(status, body)
    const answer = body as DrainAnswer
    print(`${drainText(answer)}\n`)
    if (!options.wait) return
    await stopped(client, answer.endsWithinMs + GRACE_MS)
    print('copyloop has stopped\n')
  })
}

export const drainText = ({
  atOnce,
  drainDelayMs,
  drainTimeoutMs,
  drainSpreadMs,
  endsWithinMs,
}: DrainAnswer): string => {
  if (atOnce) return 'copyloop was draining: it stops at once, open connections are cut short'
  const phases = [
    ...(drainDelayMs > 0 ? [`it accepts new connections for ${formatDuration(drainDelayMs)}`] : []),
    `open connections have ${formatDuration(drainTimeoutMs)} to finish`,
    ...(drainSpreadMs > 0 ? [`the rest is reset over ${formatDuration(drainSpreadMs)}`] : []),
  ]
  return `copyloop drains: ${phases.join(', then ')}; it ends within ${formatDuration(endsWithinMs)}`
}

/** Resolves when nothing listens there any more, or one that does not drain: a process manager may have started another. */
const stopped = async (client: AdminClient, withinMs: number): Promise<void> => {
  const deadlineMs = performance.now() + withinMs
  while (await isDraining(client)) {
    if (performance.now() > deadlineMs)
      throw new CommandFailed(
        `copyloop has not stopped within ${formatDuration(Math.round(withinMs))}; its log says why`,
      )
    await pause(LOOK_EVERY_MS)
  }
}

const isDraining = async (client: AdminClient): Promise<boolean> => {
  try {
    const { body } = await client.ask('GET', '/readyz')
    return (body as { readonly reason?: string }).reason === 'draining'
  } catch (error) {
    if (error instanceof NothingListens) return false
    // Its last moment: the connection was open, and has no answer.
    if (error instanceof CommandFailed) return true
    throw error
  }
}
