import type { Living } from '../proxy/living.ts'
import type { LivingConnection } from '../proxy/record.ts'

const CLOSED_WITHIN_MS = 1_000

/**
 * Waits until no connection lives or the time is up, then cuts the remaining ones short.
 *
 * @returns how many were cut short, once all are closed.
 */
export const drainConnections = async (living: Living<LivingConnection>, withinMs: number): Promise<number> => {
  if (withinMs > 0) await living.emptied(withinMs)
  const cutShort = living.size
  living.each((connection) => connection.cut({ outcome: 'drained', endedBy: 'proxy' }))
  // A cut relay closes within the call; a cut dial, once its promise has settled.
  await living.emptied(CLOSED_WITHIN_MS)
  return cutShort
}
