/** The bottom of the screen: where one is, what came of the last key, and what the keys do. */
import type { ConnectionSummary } from '../../../../ipc/connection-parts.ts'
import type { Line } from '../../screen/table.ts'
import { count } from '../../screen/units.ts'
import { describeFilter, FILTER_HINT, readFilter } from '../state/filter.ts'
import type { TopState } from '../state/state.ts'
import { pageOf } from './rows.ts'
import { shownStory } from './story.ts'

const [BOLD, DIM] = [1, 2]
const CURSOR = '_'

const TABLE_KEYS = [
  ['a', 'age'],
  ['i', 'idle'],
  ['b', 'bytes'],
  ['r', 'rate'],
  ['/', 'filter'],
  ['k', 'kill'],
  ['enter', 'explain'],
  ['?', 'help'],
  ['q', 'quit'],
] as const

const BACK = ['q', 'back'] as const

/** `FOOT_ROWS` lines. */
export const footLines = (state: TopState): Line[] => {
  const { mode, stats } = state
  switch (mode.kind) {
    case 'table':
      return [saidOr(placeText(state), state), keys(...TABLE_KEYS)]
    case 'filter':
      return [
        [{ text: 'filter: ', colour: BOLD }, { text: `${mode.text}${CURSOR}` }],
        [{ text: understood(mode.text, stats) }, { text: '   ' }, ...keys(['enter', 'apply'], ['esc', 'cancel'])],
      ]
    case 'confirm':
      return [
        [{ text: questionText(mode.connection), colour: BOLD }],
        keys(['r', 'reset it (RST)'], ['f', 'close it (FIN)'], ['n', 'no']),
      ]
    case 'story': {
      const { placeText } = shownStory(state, mode)
      return [
        saidOr(placeText, state),
        placeText === '' ? keys(BACK) : keys(['↑ ↓ page up, page down', 'scroll'], BACK),
      ]
    }
    case 'help':
      return [[], keys(BACK)]
  }
}

/** What came of the last key is read first. */
const saidOr = (place: string, { notice }: TopState): Line =>
  notice === undefined ? [{ text: place, colour: DIM }] : [{ text: notice }]

const keys = (...all: readonly (readonly [key: string, does: string])[]): Line =>
  all.flatMap(([key, does], at) => [
    { text: `${at > 0 ? '  ' : ''}${key}`, colour: BOLD },
    { text: ` ${does}`, colour: DIM },
  ])

/** `1–18 of 1,204 by age, listener web` */
const placeText = (state: TopState): string => {
  const { filter, list, sort } = state
  const { connections, first } = pageOf(state)
  const described = describeFilter(filter)
  const which = `by ${sort}${described === '' ? '' : `, only ${described}`}`
  if (connections.length === 0) return which
  const [from, to] = [first + 1, first + connections.length]
  return `${count(from).text}–${count(to).text} of ${count(list?.total ?? 0).text} ${which}`
}

/** What the text means so far. */
const understood = (text: string, stats: TopState['stats']): string => {
  const filter = readFilter(text, stats)
  return 'problem' in filter ? filter.problem : describeFilter(filter) || FILTER_HINT
}

const questionText = ({ client, connectionId, listener, server }: ConnectionSummary): string =>
  `kill ${connectionId}, ${client} → ${server ?? listener}?`
