import { setTimeout as pause } from 'node:timers/promises'
import type { Stats } from '../../primary/admin/stats-answer.ts'
import { type AdminClient, CommandFailed, refusalOf } from './admin-client.ts'

const LOOK_EVERY_MS = 200
/** What moves has moved long before. */
const SAY_AFTER_LOOKS = 3

/**
 * Waits until the workers that drain now, because others have replaced them, have left. They have `drainTimeout` at most.
 *
 * @param before as it was before they were replaced
 * @throws {CommandFailed} if connections were lost meanwhile
 */
export const oldWorkersLeft = async (
  client: AdminClient,
  before: Stats,
  say: (text: string) => void,
): Promise<void> => {
  const old = new Set(drainingIn(await askStats(client)).map(({ id }) => id))
  for (let looks = 1; ; looks++) {
    const stats = await askStats(client)
    const left = drainingIn(stats).filter(({ id }) => old.has(id))
    if (left.length === 0) {
      say('the old workers have left\n')
      return refuseLosses(before, stats)
    }
    const connections = left.reduce((sum, { connectionsActive }) => sum + connectionsActive, 0)
    if (looks === SAY_AFTER_LOOKS) say(`${connections} connections stay with them, and may go on for drainTimeout\n`)
    await pause(LOOK_EVERY_MS)
  }
}

export const askStats = async (client: AdminClient): Promise<Stats> => {
  const { status, body } = await client.ask('GET', '/stats')
  if (status !== 200) throw refusalOf(status, body)
  return body as Stats
}

const drainingIn = ({ workers }: Stats): Stats['workers'] => workers.filter(({ state }) => state === 'draining')

const refuseLosses = (before: Stats, after: Stats): void => {
  const lost = (after.totals.outcomes.internalError ?? 0) - (before.totals.outcomes.internalError ?? 0)
  if (lost > 0) throw new CommandFailed(`${lost} connections ended as internalError meanwhile: the log says why`)
}
