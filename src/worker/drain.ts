import { nowMs } from '../clock.ts'
import type { Living } from '../proxy/living.ts'
import type { LivingConnection } from '../proxy/record.ts'
import type { Drain } from '../serving/state.ts'

const CLOSED_WITHIN_MS = 1_000
/** Connections that are cut closer together than this are cut at once. */
const STEP_MS = 10

/**
 * Waits until no connection lives or the time is up, then cuts the remaining ones short: one after another within
 * `spreadMs`, because their clients come back.
 *
 * @returns how many were cut short, once all are closed.
 */
export const drainConnections = async (
  living: Living<LivingConnection>,
  { withinMs, spreadMs }: Drain,
): Promise<number> => {
  if (withinMs > 0) await living.emptied(withinMs)
  const cutShort = spreadMs > 0 ? await cutOver(living, spreadMs) : cutAll(living)
  // A cut relay closes within the call; a cut dial, once its promise has settled.
  await living.emptied(CLOSED_WITHIN_MS)
  return cutShort
}

/** Ends it because its time is over. */
export const cutDrained = (connection: LivingConnection): void =>
  connection.cut({ outcome: 'drained', endedBy: 'proxy' })

const cutAll = (living: Living<LivingConnection>): number => {
  const count = living.size
  living.each(cutDrained)
  return count
}

/** Ends early once none is left: they may end by themselves, and a second drain may cut the rest. */
const cutOver = async (living: Living<LivingConnection>, spreadMs: number): Promise<number> => {
  const remaining: LivingConnection[] = []
  living.each((connection) => remaining.push(connection))
  const beganMs = nowMs()
  let count = 0
  for (let next = 0; ; ) {
    const elapsedMs = nowMs() - beganMs
    const due = Math.floor((remaining.length * elapsedMs) / spreadMs) + 1
    for (const connection of remaining.slice(next, due)) {
      if (!living.has(connection)) continue
      cutDrained(connection)
      count += 1
    }
    next = Math.max(next, due)
    if (living.size === 0 || next >= remaining.length) return count
    await living.emptied(Math.max(STEP_MS, (spreadMs * next) / remaining.length - elapsedMs))
  }
}
