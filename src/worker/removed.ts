import type { RemovedParts } from '../ipc/questions.ts'
import type { Living } from '../proxy/living.ts'
import type { ConnectionRecord, LivingConnection } from '../proxy/record.ts'
import { cutDrained } from './drain.ts'

/** Ends the living connections of what was removed. Returns how many there were. */
export const endRemoved = async (living: Living<LivingConnection>, removed: RemovedParts): Promise<number> => {
  const listeners = new Set(removed.listeners)
  const servers = new Set(removed.servers.map(({ upstream, server }) => keyOf(upstream, server)))
  const isRemoved = ({ listener, upstream, server, dialledMs }: ConnectionRecord): boolean =>
    // A dial may still reach another server.
    listeners.has(listener) || (dialledMs !== 0 && server !== undefined && servers.has(keyOf(upstream, server.name)))
  let ended = 0
  for await (const connections of living.slices()) {
    for (const connection of connections) {
      if (!isRemoved(connection.record)) continue
      cutDrained(connection)
      ended += 1
    }
  }
  return ended
}

const keyOf = (upstream: string, server: string): string => `${upstream}\n${server}`
