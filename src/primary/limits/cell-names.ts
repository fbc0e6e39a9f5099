/** Which limits of a serving state are counted in cells, by what names, and a state with the cells in it. Pure. */
import type { ListenerState, QueueCells, ServerState, ServingState, UpstreamState } from '../../serving/state.ts'

/** The cell of a limit, by its name; undefined if it has none. */
type CellOf = (limit: string) => number | undefined

const listenerLimit = (listener: string): string => `maxConnections of ${listener}`
const serverLimit = (upstream: string, server: string): string => `connections of ${upstream} ${server}`
const waitingLimit = (upstream: string): string => `clients that wait for ${upstream}`
const ticketsOf = (upstream: string): string => `tickets of ${upstream}`

/** The names of all limits that are counted in cells. */
export const limitsOf = ({ listeners, upstreams }: ServingState): ReadonlySet<string> => {
  const limits = new Set<string>()
  for (const name of listeners.keys()) limits.add(listenerLimit(name))
  for (const [name, upstream] of upstreams) {
    if (hasQueue(upstream)) limits.add(waitingLimit(name)).add(ticketsOf(name))
    for (const [server, state] of upstream.servers) {
      if (isCounted(state, upstream)) limits.add(serverLimit(name, server))
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
    const named = withCell(listener, cellOf(listenerLimit(name)))
    return withTable(named, named.limitCell !== undefined && named.arrivals !== undefined && hasTable())
  }),
  upstreams: changed(state.upstreams, (name, upstream) => upstreamWithCells(name, upstream, cellOf)),
})

const hasQueue = ({ queue }: UpstreamState): boolean => queue.length > 0

/** Only where somebody asks how many connections a server has. */
const isCounted = ({ maxConnections }: ServerState, { balance }: UpstreamState): boolean =>
  maxConnections < Number.POSITIVE_INFINITY || balance === 'leastConnections' || balance === 'random2'

const upstreamWithCells = (name: string, upstream: UpstreamState, cellOf: CellOf): UpstreamState => {
  const servers = changed(upstream.servers, (server, state) =>
    withCell(state, isCounted(state, upstream) ? cellOf(serverLimit(name, server)) : undefined),
  )
  const queue = queueWith(upstream.queue, hasQueue(upstream) ? queueCells(name, cellOf) : undefined)
  return servers === upstream.servers && queue === upstream.queue ? upstream : { ...upstream, servers, queue }
}

const queueCells = (name: string, cellOf: CellOf): QueueCells | undefined => {
  const waiting = cellOf(waitingLimit(name))
  const tickets = cellOf(ticketsOf(name))
  return waiting === undefined || tickets === undefined ? undefined : { waiting, tickets }
}

const queueWith = (queue: UpstreamState['queue'], cells: QueueCells | undefined): UpstreamState['queue'] => {
  if (queue.cells?.waiting === cells?.waiting && queue.cells?.tickets === cells?.tickets) return queue
  const { cells: _, ...rest } = queue
  return cells === undefined ? rest : { ...rest, cells }
}

const withCell = <State extends ListenerState | ServerState>(state: State, cell: number | undefined): State => {
  if (cell === state.limitCell) return state
  const { limitCell: _, ...rest } = state
  return (cell === undefined ? rest : { ...rest, limitCell: cell }) as State
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
