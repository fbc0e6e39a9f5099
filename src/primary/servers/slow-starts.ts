import { isInRotation } from '../../serving/rotation.ts'
import type { ServerState, ServingState, UpstreamState } from '../../serving/state.ts'

/**
 * Notes of each server that comes up since when it is in rotation, where its share then grows slowly. Those that are
 * served from the start of the program, or of their upstream, have their share at once: no other server would take it.
 */
export const withUpSince = (before: ServingState | undefined, after: ServingState, nowMs: number): ServingState => {
  if (before === undefined || before.upstreams === after.upstreams) return after
  let isChanged = false
  const upstreams = new Map(
    [...after.upstreams].map(([name, upstream]) => {
      const noted = noteIn(before.upstreams.get(name), upstream, nowMs)
      isChanged ||= noted !== upstream
      return [name, noted]
    }),
  )
  return isChanged ? { ...after, upstreams } : after
}

const noteIn = (before: UpstreamState | undefined, after: UpstreamState, nowMs: number): UpstreamState => {
  if (before === after || before === undefined) return after
  if (after.slowStartMs === Number.POSITIVE_INFINITY) return after
  let isChanged = false
  const servers = new Map(
    [...after.servers].map(([name, server]) => {
      const upSinceMs = upSince(before.servers.get(name), server, nowMs)
      if (upSinceMs === server.upSinceMs) return [name, server]
      isChanged = true
      const { upSinceMs: _, ...rest } = server
      return [name, upSinceMs === undefined ? rest : { ...rest, upSinceMs }]
    }),
  )
  return isChanged ? { ...after, servers } : after
}

const upSince = (before: ServerState | undefined, after: ServerState, nowMs: number): number | undefined => {
  if (!isInRotation(after)) return undefined
  return before !== undefined && isInRotation(before) ? before.upSinceMs : nowMs
}
