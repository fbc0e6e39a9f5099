import { element, markZero, setText } from './element.ts'
import type { View } from './keyed-list.ts'

/** A text, and a smaller one below it, which may be empty. */
export const twoLines = <Row>(first: (row: Row) => string, second: (row: Row) => string): View<Row> => {
  const [upper, lower] = [element('span', { class: 'upper' }), element('span', { class: 'lower' })]
  const root = element('div', { class: 'two' }, upper, lower)
  return {
    root,
    show: (row) => {
      setText(upper, first(row))
      markZero(root, first(row))
      setText(lower, second(row))
      lower.hidden = lower.textContent === ''
    },
  }
}
