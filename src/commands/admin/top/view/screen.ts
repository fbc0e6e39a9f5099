import type { Line } from '../../screen/table.ts'
import { bodyRows, type TopState } from '../state/state.ts'
import { footLines } from './foot.ts'
import { headLines } from './head.ts'
import { HELP_LINES } from './help.ts'
import { indented } from './margin.ts'
import { rowLines } from './rows.ts'
import { shownStory } from './story.ts'

/** The whole screen: a line for each of its rows, which may be longer than the screen is wide. */
export const screenLines = (state: TopState): Line[] => {
  const rows = bodyRows(state.size)
  const body = bodyLines(state).slice(0, rows)
  const empty: Line[] = Array.from({ length: rows - body.length }, () => [])
  const lines = [...headLines(state).map(indented), ...body, ...empty, ...footLines(state).map(indented)]
  return lines.slice(0, state.size.rows)
}

const bodyLines = (state: TopState): readonly Line[] => {
  const { mode } = state
  if (mode.kind === 'story') return shownStory(state, mode).lines.map(indented)
  return mode.kind === 'help' ? HELP_LINES.map(indented) : rowLines(state)
}
