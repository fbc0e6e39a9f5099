import { setTimeout as pause } from 'node:timers/promises'
import type { Living } from '../proxy/living.ts'
import type { End } from '../proxy/outcome.ts'
import type { LivingConnection } from '../proxy/record.ts'
import type { UpstreamPlan } from '../serving/plan.ts'
import type { ServerState, UpstreamState } from '../serving/state.ts'

/** Many connections are cut over so long: their clients would all come back in one moment. */
const SPREAD_MS = 1_000
const MOST_STEPS = 50
/** So few are cut at once. */
const FEW = 20

const SERVER_DOWN: End = { outcome: 'serverDown', endedBy: 'proxy' }

const isServerDown = (server: ServerState | undefined): boolean =>
  server?.state === 'down' || server?.state === 'maintenance'

/**
 * Ends the living connections of the servers that are down now and were not before, where they are to be closed.
 *
 * @param current the upstream as it is served later
 */
export const closeConnectionsOfDown = (
  living: Living<LivingConnection>,
  upstream: string,
  changes: Parameters<typeof serversToClose>,
  current: () => UpstreamState | undefined,
): void => {
  for (const server of serversToClose(...changes)) {
    void closeConnectionsOf(living, upstream, server, () => {
      const served = current()?.servers.get(server)
      return served === undefined || isServerDown(served)
    })
  }
}

const serversToClose = (
  plan: UpstreamPlan,
  before: UpstreamState | undefined,
  { onServerDown }: UpstreamState,
): string[] =>
  onServerDown === 'keep'
    ? []
    : [...plan.servers.set].flatMap(([name, server]) =>
        isServerDown(server) && !isServerDown(before?.servers.get(name)) ? [name] : [],
      )

/**
 * Ends the living connections of a server that is down. Then it looks once more, for those whose dial was under way: a
 * dial may still fail and reach another server, so it is not cut. When the server is back, whatever is left lives on.
 *
 * @param isStillDown also if it is not served any more
 */
const closeConnectionsOf = async (
  living: Living<LivingConnection>,
  upstream: string,
  server: string,
  isStillDown: () => boolean,
): Promise<void> => {
  await cutAll(await connectionsOf(living, upstream, server), isStillDown)
  await pause(SPREAD_MS, undefined, { ref: false })
  await cutAll(await connectionsOf(living, upstream, server), isStillDown)
}

const connectionsOf = async (living: Living<LivingConnection>, upstream: string, server: string) => {
  const found: LivingConnection[] = []
  for await (const connections of living.slices()) {
    for (const connection of connections) {
      const { record } = connection
      if (record.dialledMs !== 0 && record.server?.name === server && record.upstream === upstream)
        found.push(connection)
    }
  }
  return found
}

/** A connection that has ended meanwhile ignores it. */
const cutAll = async (connections: readonly LivingConnection[], isStillDown: () => boolean): Promise<void> => {
  const steps = Math.min(MOST_STEPS, Math.ceil(connections.length / FEW))
  const atOnce = Math.ceil(connections.length / steps)
  for (let cut = 0; cut < connections.length; cut += atOnce) {
    if (cut > 0) await pause(SPREAD_MS / steps, undefined, { ref: false })
    if (!isStillDown()) return
    for (const connection of connections.slice(cut, cut + atOnce)) connection.cut(SERVER_DOWN)
  }
}
