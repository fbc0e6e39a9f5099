import { element, markZero, setAttribute, setText } from './element.ts'
import { KeyedList, type View } from './keyed-list.ts'

export interface Column<Row> {
  /** A function for one that changes. */
  readonly title: string | (() => string)
  /** Numbers are aligned to the right; `name` heads its row. */
  readonly kind: 'name' | 'text' | 'number' | 'actions'
  /** What a cell has: a text, or an element of its own. */
  text?(row: Row): string
  view?(row: Row): View<Row>
}

const titleOf = <Row>({ title }: Column<Row>): string => (typeof title === 'string' ? title : title())

interface Parts<Row> {
  /** Says what the table has, to those who do not see it. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  keyOf(row: Row): string
  /** How urgent a row is, for its style: `data-tone`. */
  toneOf?(row: Row): string | undefined
  /** Shown when there is no row. */
  readonly empty: string
}

/**
 * A table of rows that come and go. On a narrow screen its rows become blocks (styles/tables.css), which takes the roles of
 * a table away: so it has them in its markup.
 */
export class DataTable<Row> implements View<readonly Row[]> {
  readonly root: HTMLElement
  readonly #columns: readonly Column<Row>[]
  readonly #heads: readonly HTMLElement[]
  readonly #rows: KeyedList<Row>
  readonly #table: HTMLElement
  readonly #empty: HTMLElement

  constructor({ caption, columns, keyOf, toneOf, empty }: Parts<Row>) {
    this.#columns = columns
    this.#heads = columns.map(({ kind }) => element('th', { scope: 'col', role: 'columnheader', class: kind }))
    const body = element('tbody', { role: 'rowgroup' })
    this.#table = element(
      'table',
      { role: 'table', 'aria-label': caption },
      element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...this.#heads)),
      body,
    )
    this.#empty = element('p', { class: 'empty' }, empty)
    this.root = element('div', { class: 'table' }, this.#table, this.#empty)
    this.#rows = new KeyedList(body, keyOf, (row) => rowView(columns, row, toneOf))
    this.show([])
  }

  show(rows: readonly Row[]): void {
    for (const [at, head] of this.#heads.entries()) {
      const column = this.#columns[at]
      if (column) setText(head, titleOf(column))
    }
    this.#rows.show(rows)
    this.#table.hidden = rows.length === 0
    this.#empty.hidden = rows.length > 0
  }
}

const rowView = <Row>(
  columns: readonly Column<Row>[],
  first: Row,
  toneOf: ((row: Row) => string | undefined) | undefined,
): View<Row> => {
  const cells = columns.map((column) => cellView(column, first))
  const root = element('tr', { role: 'row' }, ...cells.map((cell) => cell.root))
  return {
    root,
    show: (row) => {
      for (const cell of cells) cell.show(row)
      if (toneOf) setAttribute(root, 'data-tone', toneOf(row))
    },
  }
}

const cellView = <Row>(column: Column<Row>, first: Row): View<Row> => {
  const inner = column.view?.(first)
  const attributes = { class: column.kind, 'data-title': titleOf(column) }
  const root =
    column.kind === 'name'
      ? element('th', { ...attributes, scope: 'row', role: 'rowheader' })
      : element('td', { ...attributes, role: 'cell' })
  if (inner) root.append(inner.root)
  return {
    root,
    show: (row) => {
      setAttribute(root, 'data-title', titleOf(column))
      if (inner) return inner.show(row)
      const text = column.text?.(row) ?? ''
      setText(root, text)
      markZero(root, text)
    },
  }
}
