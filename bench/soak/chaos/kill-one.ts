import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../plan/random.ts'
import type { ChaosSettings } from './chaos.ts'
import type { Kills } from './kills.ts'

const REPLACED_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 200

export const killOne = async (settings: ChaosSettings, kills: Kills, random: Random): Promise<void> => {
  const { proxy, say } = settings
  const serving = await proxy.serving()
  if (serving.length === 0) return
  const { pid } = random.pick(serving)
  say(`chaos: worker ${pid} is killed`)
  kills.kill(pid, false)
  await othersServe(settings, pid)
}

/** Waits until others serve in the place of a worker that was killed. */
export const othersServe = async ({ proxy, fault, workers }: ChaosSettings, pid: number): Promise<void> => {
  const until = performance.now() + REPLACED_WITHIN_MS
  for (;;) {
    await sleep(LOOK_EVERY_MS)
    const serving = await proxy.serving()
    if (serving.filter((worker) => worker.pid !== pid).length === workers) return
    if (performance.now() > until)
      return fault(`a killed worker was not replaced within ${REPLACED_WITHIN_MS / 1000} s`)
  }
}
