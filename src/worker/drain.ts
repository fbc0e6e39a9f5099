import type { LivingConnection } from '../proxy/connection-record.ts'
import type { Living } from '../stats/living.ts'

const LOOK_EVERY_MS = 20

/**
 * Waits until no connection lives or the time is up, then cuts the rest short.
 *
 * @returns how many were cut short, once all are closed.
 */
export const drainConnections = async (living: Living<LivingConnection>, withinMs: number): Promise<number> => {
  const deadline = performance.now() + withinMs
  while (living.size > 0 && performance.now() < deadline) await pause()
  const cutShort = living.size
  for (const connection of living) connection.cut({ outcome: 'drained', endedBy: 'proxy' })
  // A cut relay closes within the call, a dial that is cut as soon as its promise has been heard.
  for (let looks = 0; living.size > 0 && looks < 50; looks++) await pause()
  return cutShort
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
