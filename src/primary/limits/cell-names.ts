/** Which limits of a serving state are counted in cells, by what names, and a state with the cells in it. Pure. */
import type { ListenerState, ServerState, ServingState, UpstreamState } from '../../serving/state.ts'

/** The cell of a limit, by its name; undefined if it has none. */
type CellOf = (limit: string) => number | undefined

const listenerLimit = (listener: string): string => `maxConnections of ${listener}`
const serverLimit = (upstream: string, server: string): string => `connections of ${upstream} ${server}`
const waitingLimit = (upstream: string): string => `clients that wait for ${upstream}`
const ticketsOf = (upstream: string, server: string): string => `tickets of ${upstream} ${server}`

/** The names of all limits that are counted in cells. */
export const limitsOf = ({ listeners, upstreams }: ServingState): ReadonlySet<string> => {
  const limits = new Set<string>()
  for (const name of listeners.keys()) limits.add(listenerLimit(name))
  for (const [name, upstream] of upstreams) {
    if (hasQueue(upstream)) limits.add(waitingLimit(name))
    for (const [server, state] of upstream.servers) {
      if (isCounted(state, upstream)) limits.add(serverLimit(name, server))
      if (isWaitedFor(state, upstream)) limits.add(ticketsOf(name, server))
    }
  }
  return limits
}

/**
 * The state with these cells, and no others. What has its cells already stays the same object.
 *
 * @param hasTable makes the table of clients where there is none yet; false where it cannot be made
 */
export const withCells = (state: ServingState, cellOf: CellOf, hasTable: () => boolean): ServingState => ({
  ...state,
  listeners: changed(state.listeners, (name, listener) => {
    const named = withCell(listener, 'limitCell', cellOf(listenerLimit(name)))
    return withTable(named, named.limitCell !== undefined && named.arrivals !== undefined && hasTable())
  }),
  upstreams: changed(state.upstreams, (name, upstream) => upstreamWithCells(name, upstream, cellOf)),
})

const hasQueue = ({ queue }: UpstreamState): boolean => queue.length > 0

/** Only where somebody asks how many connections a server has. */
const isCounted = ({ maxConnections }: ServerState, { balance }: UpstreamState): boolean =>
  maxConnections < Number.POSITIVE_INFINITY || balance === 'leastConnections' || balance === 'random2'

/** Only where clients may have to wait for a server. */
const isWaitedFor = ({ maxConnections }: ServerState, upstream: UpstreamState): boolean =>
  hasQueue(upstream) && maxConnections < Number.POSITIVE_INFINITY

const upstreamWithCells = (name: string, upstream: UpstreamState, cellOf: CellOf): UpstreamState => {
  const servers = changed(upstream.servers, (server, state) => {
    const counted = withCell(
      state,
      'limitCell',
      isCounted(state, upstream) ? cellOf(serverLimit(name, server)) : undefined,
    )
    // Those who wait are served together only where its connections are counted together.
    const isShared = isWaitedFor(state, upstream) && counted.limitCell !== undefined
    return withCell(counted, 'ticketsCell', isShared ? cellOf(ticketsOf(name, server)) : undefined)
  })
  const queue = withCell(upstream.queue, 'waitingCell', hasQueue(upstream) ? cellOf(waitingLimit(name)) : undefined)
  return servers === upstream.servers && queue === upstream.queue ? upstream : { ...upstream, servers, queue }
}

/** The same object if it has this cell already. */
const withCell = <Key extends string, State extends { readonly [key in Key]?: number }>(
  state: State,
  key: Key,
  cell: number | undefined,
): State => {
  if (cell === state[key]) return state
  const { [key]: _, ...rest } = state
  return (cell === undefined ? rest : { ...rest, [key]: cell }) as State
}

/** Clients are counted in the table, or by each worker. */
const withTable = (listener: ListenerState, inTable: boolean): ListenerState => {
  const { arrivals } = listener
  if (arrivals === undefined || inTable === (arrivals.inTable ?? false)) return listener
  const { inTable: _, ...limits } = arrivals
  return { ...listener, arrivals: inTable ? { ...limits, inTable } : limits }
}

/** The same map if `change` changes no value. */
const changed = <Value>(
  entries: ReadonlyMap<string, Value>,
  change: (name: string, value: Value) => Value,
): ReadonlyMap<string, Value> => {
  let isChanged = false
  const result = new Map<string, Value>()
  for (const [name, value] of entries) {
    const after = change(name, value)
    isChanged ||= after !== value
    result.set(name, after)
  }
  return isChanged ? result : entries
}
