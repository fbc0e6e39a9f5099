import type { Line } from '../../screen/table.ts'
import { FILTER_HINT } from '../state/filter.ts'

const BOLD = 1

const KEYS: readonly (readonly [key: string, does: string])[] = [
  ['a i b r', 'sort by age, idle time, bytes or rate; the largest first'],
  ['↑ ↓', 'select a connection; also with page up, page down, home, end'],
  ['enter', 'explain it: what has happened to it, and what would end it'],
  ['k', 'kill it; asks first'],
  ['/', `filter by ${FILTER_HINT}`],
  ['q', 'quit'],
]

const COLUMNS: readonly (readonly [title: string, means: string])[] = [
  ['BYTES', 'delivered, both ways; UP is to the server, DOWN to the client'],
  ['BYTES/S', 'per second; so are UP/S and DOWN/S'],
  ['IDLE', 'since the last byte was delivered'],
  ['ENDS BY', 'the clock that would end it if nothing happened'],
]

const rows = (all: readonly (readonly [name: string, text: string])[]): Line[] =>
  all.map(([name, text]) => [{ text: name.padEnd(10), colour: BOLD }, { text }])

/** At most 79 characters each: they fit where the table does. */
export const HELP_LINES: readonly Line[] = [
  ...rows(KEYS),
  [],
  ...rows(COLUMNS),
  [],
  [{ text: 'A yellow connection waits for a server, or for a side that takes no bytes.' }],
  [{ text: 'A wider terminal shows more columns.' }],
]
