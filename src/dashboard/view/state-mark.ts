import { element, setText } from './element.ts'
import type { View } from './keyed-list.ts'

/** A state as a word, with a mark whose shape tells it as well as its colour does. */
export const stateMark = <Row>(stateOf: (row: Row) => string): View<Row> => {
  const word = element('span')
  const root = element('span', { class: 'state' }, element('span', { class: 'mark', 'aria-hidden': 'true' }), word)
  return {
    root,
    show: (row) => {
      const state = stateOf(row)
      root.dataset.state = state
      setText(word, state)
    },
  }
}
