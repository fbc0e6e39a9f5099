/** The table of connections. */
import { CONNECTION_COLUMNS } from '../../screen/connection-columns.ts'
import { aligned, type Line } from '../../screen/table.ts'
import { describeFilter } from '../state/filter.ts'
import { pageRows, selectedRow, type TopState } from '../state/state.ts'
import { isSilent } from './head.ts'
import { layoutOf } from './layout.ts'
import { indented } from './margin.ts'

const [BOLD, DIM, REVERSE] = [1, 2, 7]
/** In the margin, so that it is seen without colours too. */
const SELECTED = '>'

/** The titles of the columns, and the page of connections that has the selected one. */
export const rowLines = (state: TopState): Line[] => {
  const { list, size, sort } = state
  const columns = layoutOf(state).map(({ name, width }) => ({ ...CONNECTION_COLUMNS[name], width }))
  const titles = columns.map((column) => ({ text: column.title, colour: column.sort === sort ? BOLD : DIM }))
  const head = indented(aligned(titles, columns))
  if (list?.connections.length === 0) return [head, [], indented([{ text: emptyText(state), colour: DIM }])]
  const { first, selected, connections } = pageOf(state)
  const isOld = isSilent(state)
  const rows = connections.map((connection, at): Line => {
    const cells = columns.map(({ cell }) => cell(connection))
    const line = aligned(isOld ? cells.map(({ text }) => ({ text, colour: DIM })) : cells, columns)
    return first + at === selected ? highlighted(line, size.columns) : indented(line)
  })
  return [head, ...rows]
}

/** Which rows are shown. Pages stand still while the selected row moves on one of them. */
export const pageOf = (state: TopState) => {
  const selected = selectedRow(state)
  const rows = pageRows(state.size)
  const first = selected - (selected % rows)
  return { first, selected, connections: state.list?.connections.slice(first, first + rows) ?? [] }
}

/** From one edge of the screen to the other. */
const highlighted = (line: Line, columns: number): Line => {
  const text = line.map((cell) => cell.text).join('')
  return [{ text: `${SELECTED}${text}`.padEnd(columns), colour: REVERSE }]
}

const emptyText = ({ filter }: TopState): string => {
  const described = describeFilter(filter)
  return described === '' ? 'no connections' : `no connections with ${described}`
}
