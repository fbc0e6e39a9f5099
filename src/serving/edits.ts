/** The edits of a serving state. Each returns a new value that shares what it leaves alone, so comparing is cheap. */
import type { ListenerState, ServerState, ServingState, UpstreamState } from './state.ts'

/** Sets the listener, or removes it if it is undefined. */
export const withListener = (state: ServingState, name: string, listener: ListenerState | undefined): ServingState => ({
  ...state,
  listeners: withEntry(state.listeners, name, listener),
})

/** Sets the upstream, or removes it if it is undefined. */
export const withUpstream = (state: ServingState, name: string, upstream: UpstreamState | undefined): ServingState => ({
  ...state,
  upstreams: withEntry(state.upstreams, name, upstream),
})

/** Every listener accepts on these sockets, by its name. */
export const withSockets = (state: ServingState, socketsOf: (listener: string) => readonly number[]): ServingState => ({
  ...state,
  listeners: new Map([...state.listeners].map(([name, listener]) => [name, { ...listener, sockets: socketsOf(name) }])),
})

/** Sets the server, or removes it if it is undefined. Without such an upstream nothing changes. */
export const withServer = (
  state: ServingState,
  upstream: string,
  name: string,
  server: ServerState | undefined,
): ServingState => {
  const found = state.upstreams.get(upstream)
  if (found === undefined) return state
  return withUpstream(state, upstream, { ...found, servers: withEntry(found.servers, name, server) })
}

const withEntry = <Value>(entries: ReadonlyMap<string, Value>, name: string, value: Value | undefined) => {
  const changed = new Map(entries)
  if (value === undefined) changed.delete(name)
  else changed.set(name, value)
  return changed
}
