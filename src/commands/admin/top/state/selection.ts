import type { ConnectionSummary } from '../../../../ipc/connection-parts.ts'

/**
 * The selected row. One that was chosen is followed by its connection, wherever that is sorted to. The first row is no
 * choice: whatever comes first is selected there.
 */
export interface Selection {
  readonly row: number
  readonly connectionId: string | undefined
}

type Rows = readonly Pick<ConnectionSummary, 'connectionId'>[]

export const FIRST: Selection = { row: 0, connectionId: undefined }

/** @param row may be outside of the table, or of what is known of it: then the next answer tells what is there */
export const select = (row: number, rows: Rows): Selection =>
  row <= 0 ? FIRST : { row, connectionId: rows[row]?.connectionId }

/** The selection in a new answer. When its connection has gone, the one that took its place is selected. */
export const follow = ({ row, connectionId }: Selection, rows: Rows): Selection => {
  const found = connectionId === undefined ? -1 : rows.findIndex((candidate) => candidate.connectionId === connectionId)
  if (found >= 0) return { row: found, connectionId }
  return select(Math.min(row, rows.length - 1), rows)
}
