import { element, markZero, setText } from './element.ts'
import type { View } from './keyed-list.ts'

/** A view, and a smaller text below it, which may be empty. */
export const withNote = <Row>(view: View<Row>, noteOf: (row: Row) => string): View<Row> => {
  const note = element('span', { class: 'lower' })
  return {
    root: element('div', { class: 'two' }, view.root, note),
    show: (row) => {
      view.show(row)
      setText(note, noteOf(row))
      note.hidden = note.textContent === ''
    },
  }
}

/** A text, and a smaller one below it, which may be empty. */
export const twoLines = <Row>(first: (row: Row) => string, second: (row: Row) => string): View<Row> => {
  const root = element('span', { class: 'upper' })
  const upper: View<Row> = {
    root,
    show: (row) => {
      setText(root, first(row))
      markZero(root, first(row))
    },
  }
  return withNote(upper, second)
}
