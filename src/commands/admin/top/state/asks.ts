/** What the admin is asked for the state to be shown. */
import { connectionPath, killPath } from '../../../../dashboard/text/paths.ts'
import { pageRows, type TopState } from './state.ts'

export interface Ask {
  readonly about: 'kill' | 'stats' | 'connections' | 'connection'
  readonly method: 'GET' | 'DELETE'
  readonly path: string
}

/** More rows nobody looks through: a filter or another order finds what is meant. */
export const MOST_ROWS = 1_000
/** So many, a selected connection can be followed when others are sorted before it. */
const LEAST_ROWS = 100

/** In the order in which they are asked. The same state asks the same. */
export const asksOf = (state: TopState): Ask[] => {
  const { kill, mode } = state
  const asks: Ask[] = [{ about: 'stats', method: 'GET', path: '/stats' }]
  if (kill) asks.unshift({ about: 'kill', method: 'DELETE', path: killPath(kill.connectionId, kill.how) })
  if (mode.kind !== 'story') return [...asks, { about: 'connections', method: 'GET', path: listPath(state) }]
  // The story of one that has ended goes on no more.
  if (mode.answer?.living === false) return asks
  return [...asks, { about: 'connection', method: 'GET', path: connectionPath(mode.connectionId) }]
}

/** Whether this is still to be asked, or its answer of any use. */
export const isAsked = (state: TopState, { method, path }: Ask): boolean =>
  asksOf(state).some((ask) => ask.method === method && ask.path === path)

const listPath = ({ filter, selection, size, sort }: TopState): string => {
  const rows = pageRows(size)
  // This page and the next one.
  const wanted = (Math.floor(selection.row / rows) + 2) * rows
  const limit = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, wanted))
  return `/connections?${new URLSearchParams({ ...filter, sort, limit: String(limit) })}`
}
