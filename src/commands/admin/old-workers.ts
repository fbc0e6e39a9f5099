import { setTimeout as pause } from 'node:timers/promises'
import type { Stats } from '../../primary/admin/stats-answer.ts'
import { type AdminClient, refusalOf } from './admin-client.ts'

const LOOK_EVERY_MS = 200

/** Resolves when the workers that drain now, because others have replaced them, have left. They have `drainTimeout` at most. */
export const oldWorkersLeft = async (client: AdminClient, say: (text: string) => void): Promise<void> => {
  const old = new Set((await drainingWorkers(client)).map(({ id }) => id))
  let isSaid = false
  for (;;) {
    const left = (await drainingWorkers(client)).filter(({ id }) => old.has(id))
    if (left.length === 0) break
    const connections = left.reduce((sum, { connectionsActive }) => sum + connectionsActive, 0)
    if (!isSaid) say(`their ${connections} connections may go on for drainTimeout\n`)
    isSaid = true
    await pause(LOOK_EVERY_MS)
  }
  say('the old workers have left\n')
}

const drainingWorkers = async (client: AdminClient): Promise<Stats['workers']> => {
  const { status, body } = await client.ask('GET', '/stats')
  if (status !== 200) throw refusalOf(status, body)
  return (body as Stats).workers.filter(({ state }) => state === 'draining')
}
