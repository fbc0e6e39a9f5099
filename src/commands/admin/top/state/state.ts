/** Everything that `copyloop top` knows. Keys, answers and the clock make a new one of it; the screen is made of it alone. */
import type { ConnectionSummary, Sort } from '../../../../ipc/connection-parts.ts'
import type { Kill } from '../../../../ipc/questions.ts'
import type { ConnectionAnswer, ConnectionsAnswer } from '../../../../primary/admin/connections/connections.ts'
import type { Stats } from '../../../../primary/admin/stats-answer.ts'
import type { Filter } from './filter.ts'
import { type Flow, NO_FLOW } from './flow.ts'
import { FIRST, type Selection } from './selection.ts'

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** What is on the screen, and what keys mean there. */
export type Mode =
  | { readonly kind: 'table' }
  /** The filter is written. */
  | { readonly kind: 'filter'; readonly text: string }
  /** Is this connection to be killed? */
  | { readonly kind: 'confirm'; readonly connection: ConnectionSummary }
  /** Explains a connection: from line `top` of it, once it is there. */
  | {
      readonly kind: 'story'
      readonly connectionId: string
      readonly answer: ConnectionAnswer | undefined
      readonly top: number
    }
  | { readonly kind: 'help' }

export interface TopState {
  readonly size: Size
  readonly mode: Mode
  readonly sort: Sort
  readonly filter: Filter
  readonly selection: Selection
  /** The last answers; undefined before the first. */
  readonly stats: Stats | undefined
  readonly list: ConnectionsAnswer | undefined
  readonly flow: Flow
  /** The longest client so far: a column that only grows stands still. */
  readonly longestClient: number
  /** What has been confirmed, and is asked for next. */
  readonly kill: { readonly connectionId: string; readonly how: Kill } | undefined
  /** What came of the last key, until the next one. */
  readonly notice: string | undefined
  /** Why the last question was not answered. */
  readonly failure: string | undefined
  /** `nowMs()` of the last answer, and now. */
  readonly answeredMs: number
  readonly nowMs: number
}

export const TABLE: Mode = { kind: 'table' }

export const initialState = (size: Size, nowMs: number): TopState => ({
  size,
  mode: TABLE,
  sort: 'age',
  filter: {},
  selection: FIRST,
  stats: undefined,
  list: undefined,
  flow: NO_FLOW,
  longestClient: 0,
  kill: undefined,
  notice: undefined,
  failure: undefined,
  answeredMs: nowMs,
  nowMs,
})

/** Rows of the screen: the proxy at the top, keys and messages at the bottom, and what is between them. */
export const HEAD_ROWS = 3
export const FOOT_ROWS = 2
export const bodyRows = ({ rows }: Size): number => Math.max(1, rows - HEAD_ROWS - FOOT_ROWS)

/** How many connections are shown at once, below the names of the columns. */
export const pageRows = (size: Size): number => Math.max(1, bodyRows(size) - 1)

/** Between two margins. */
export const storyWidth = ({ columns }: Size): number => Math.max(1, columns - 2)

/** Undefined if there is none. */
export const selectedConnection = ({ list, selection }: TopState): ConnectionSummary | undefined =>
  list?.connections[selectedRow({ list, selection })]

/** The row that is selected among those that are known. */
export const selectedRow = ({ list, selection }: Pick<TopState, 'list' | 'selection'>): number =>
  Math.max(0, Math.min(selection.row, (list?.connections.length ?? 0) - 1))
