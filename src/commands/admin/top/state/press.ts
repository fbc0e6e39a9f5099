import type { Sort } from '../../../../ipc/connection-parts.ts'
import type { Kill } from '../../../../ipc/questions.ts'
import { storyLines } from '../../screen/story-screen.ts'
import { MOST_ROWS } from './asks.ts'
import { filterText, readFilter } from './filter.ts'
import { moved } from './move.ts'
import { FIRST, select } from './selection.ts'
import { bodyRows, type Mode, pageRows, selectedConnection, storyWidth, TABLE, type TopState } from './state.ts'

const SORT_OF: Readonly<Record<string, Sort>> = { a: 'age', i: 'idle', b: 'bytes', r: 'rate' }
const KILL_OF: Readonly<Record<string, Kill>> = { f: 'fin', r: 'rst' }
const LONGEST_FILTER = 200

/** What a key makes of the state. It ends the program in `quit`. */
export const press = (before: TopState, key: string): TopState | 'quit' => {
  if (key === '^c') return 'quit'
  const state = { ...before, notice: undefined }
  switch (state.mode.kind) {
    case 'table':
      return key === 'q' ? 'quit' : inTable(state, key)
    case 'filter':
      return inFilter(state, state.mode, key)
    case 'confirm':
      return inConfirm(state, state.mode, key)
    case 'story':
      return inStory(state, state.mode, key)
    case 'help':
      return { ...state, mode: TABLE }
  }
}

const inTable = (state: TopState, key: string): TopState => {
  const sort = SORT_OF[key]
  if (sort !== undefined) return { ...state, sort, selection: FIRST }
  const { list, selection, size } = state
  const last = Math.min(list?.total ?? 0, MOST_ROWS) - 1
  const row = moved(selection.row, key, last, pageRows(size))
  if (row !== undefined) return { ...state, selection: select(row, list?.connections ?? []) }
  return { ...state, mode: modeAfter(state, key) ?? TABLE }
}

const modeAfter = (state: TopState, key: string): Mode | undefined => {
  if (key === '/') return { kind: 'filter', text: filterText(state.filter) }
  if (key === '?') return { kind: 'help' }
  const connection = selectedConnection(state)
  if (connection === undefined) return undefined
  if (key === 'k') return { kind: 'confirm', connection }
  const { connectionId } = connection
  return key === 'return' ? { kind: 'story', connectionId, answer: undefined, top: 0 } : undefined
}

const inFilter = (state: TopState, { text }: Mode & { kind: 'filter' }, key: string): TopState => {
  const write = (written: string): TopState => ({ ...state, mode: { kind: 'filter', text: written } })
  if (key === 'escape') return { ...state, mode: TABLE }
  if (key === 'backspace') return write([...text].slice(0, -1).join(''))
  if (key === '^u') return write('')
  if (key !== 'return') return key.length === 1 && text.length < LONGEST_FILTER ? write(text + key) : state
  const filter = readFilter(text, state.stats)
  // The prompt says what is wrong.
  return 'problem' in filter ? state : { ...state, filter, selection: FIRST, mode: TABLE }
}

const inConfirm = (state: TopState, { connection }: Mode & { kind: 'confirm' }, key: string): TopState => {
  const [how, { connectionId }] = [KILL_OF[key], connection]
  if (how === undefined) return { ...state, mode: TABLE }
  return { ...state, kill: { connectionId, how }, notice: `ending ${connectionId}`, mode: TABLE }
}

const inStory = (state: TopState, mode: Mode & { kind: 'story' }, key: string): TopState => {
  const rows = bodyRows(state.size)
  const last = mode.answer === undefined ? 0 : storyLines(mode.answer, storyWidth(state.size)).length - rows
  const top = moved(mode.top, key, last, rows)
  return { ...state, mode: top === undefined ? TABLE : { ...mode, top } }
}
