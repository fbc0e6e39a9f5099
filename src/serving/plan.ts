/**
 * The difference between two serving states. It is sent to workers that serve the first to make them serve the second, and
 * it shows them what to touch. Pure: `applyPlan(a, planBetween(a, b))` is `b`.
 */
import { isDeepStrictEqual } from 'node:util'
import type { LogConfig } from '../config/schema.ts'
import {
  type Drain,
  type ListenerState,
  NOTHING_SERVED,
  type ServerState,
  type ServingState,
  type UpstreamState,
} from './state.ts'

/** The changes to the entries of a map. An entry in `set` was added or changed. */
export interface Changes<Value> {
  readonly set: ReadonlyMap<string, Value>
  readonly removed: readonly string[]
}

/** An upstream that was added or changed. Only the servers that differ are named: there may be thousands. */
export interface UpstreamPlan extends Omit<UpstreamState, 'servers'> {
  readonly servers: Changes<ServerState>
}

export interface Plan {
  readonly listeners: Changes<ListenerState>
  readonly upstreams: Changes<UpstreamPlan>
  /** Only if it changes. */
  readonly log?: LogConfig
  readonly draining?: Drain
}

/** A plan on its way to a worker: it leads from version `from` to version `to`. From 0 it is the whole state. */
export interface Patch {
  readonly from: number
  readonly to: number
  readonly plan: Plan
}

export const planBetween = (from: ServingState, to: ServingState): Plan => ({
  listeners: changesBetween(from.listeners, to.listeners),
  upstreams: upstreamChanges(from.upstreams, to.upstreams),
  ...(differs(from.log, to.log) && { log: to.log }),
  // A drain cannot be cancelled: a worker that has stopped accepting does not start again.
  ...(to.draining && !isDeepStrictEqual(from.draining, to.draining) && { draining: to.draining }),
})

export const patchBetween = (from: ServingState, to: ServingState): Patch => ({
  from: from.version,
  to: to.version,
  plan: planBetween(from, to),
})

export const applyPlan = (
  state: ServingState,
  { listeners, upstreams, ...rest }: Plan,
): Omit<ServingState, 'version'> => ({
  log: rest.log ?? state.log,
  draining: rest.draining ?? state.draining,
  listeners: applyChanges(state.listeners, listeners),
  upstreams: applyChanges(state.upstreams, {
    removed: upstreams.removed,
    set: new Map(
      [...upstreams.set].map(([name, { servers, ...rest }]) => [
        name,
        { ...rest, servers: applyChanges(state.upstreams.get(name)?.servers ?? NO_SERVERS, servers) },
      ]),
    ),
  }),
})

/** Whether something that was served is not served any longer. */
export const removesAny = ({ listeners, upstreams }: Plan): boolean =>
  listeners.removed.length > 0 ||
  upstreams.removed.length > 0 ||
  [...upstreams.set.values()].some(({ servers }) => servers.removed.length > 0)

/**
 * The state after a patch. A patch to a version that was already reached changes nothing.
 *
 * @returns undefined if the patch leads from another version: the whole state is needed then
 */
export const applyPatch = (state: ServingState, { from, to, plan }: Patch): ServingState | undefined => {
  if (to <= state.version) return state
  if (from !== state.version && from !== NOTHING_SERVED.version) return undefined
  const base = from === state.version ? state : NOTHING_SERVED
  return { ...applyPlan(base, plan), version: to }
}

const NO_SERVERS: ReadonlyMap<string, ServerState> = new Map()

/** The same object needs no comparison: edits share what they leave alone. */
const differs = <Value>(one: Value | undefined, other: Value): boolean =>
  one !== other && !isDeepStrictEqual(one, other)

const removedBetween = (from: ReadonlyMap<string, unknown>, to: ReadonlyMap<string, unknown>): string[] =>
  [...from.keys()].filter((name) => !to.has(name))

const changesBetween = <Value>(from: ReadonlyMap<string, Value>, to: ReadonlyMap<string, Value>): Changes<Value> => {
  if (from === to) return { set: new Map(), removed: [] }
  return {
    set: new Map([...to].filter(([name, value]) => differs(from.get(name), value))),
    removed: removedBetween(from, to),
  }
}

const upstreamChanges = (
  from: ReadonlyMap<string, UpstreamState>,
  to: ReadonlyMap<string, UpstreamState>,
): Changes<UpstreamPlan> => {
  const changed = [...to].filter(([name, upstream]) => differs(from.get(name), upstream))
  return {
    set: new Map(
      changed.map(([name, { servers, ...rest }]) => [
        name,
        { ...rest, servers: changesBetween(from.get(name)?.servers ?? NO_SERVERS, servers) },
      ]),
    ),
    removed: removedBetween(from, to),
  }
}

const applyChanges = <Value>(entries: ReadonlyMap<string, Value>, { set, removed }: Changes<Value>) => {
  const changed = new Map([...entries, ...set])
  for (const name of removed) changed.delete(name)
  return changed as ReadonlyMap<string, Value>
}
