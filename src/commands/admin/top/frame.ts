/** The bytes that bring a screen up to date. Sequences are those of ECMA-48, and of xterm where they begin with `?`. */
import { type Cell, fitted, type Line, paint } from '../screen/table.ts'
import type { Size } from './state/state.ts'

const ESCAPE = '\u001b['
/** Terminals that know it show the frame at once; others ignore it. */
const [BEGIN_UPDATE, END_UPDATE] = [`${ESCAPE}?2026h`, `${ESCAPE}?2026l`]
const CLEAR_SCREEN = `${ESCAPE}2J`
const CLEAR_TO_END_OF_LINE = `${ESCAPE}K`

/** The alternate screen, without a cursor, on which a long line does not wrap. */
export const ENTER = `${ESCAPE}?1049h${ESCAPE}?25l${ESCAPE}?7l${CLEAR_SCREEN}`
export const LEAVE = `${ESCAPE}0m${ESCAPE}?7h${ESCAPE}?25h${ESCAPE}?1049l`

export interface Frame {
  /** The painted lines, to compare the next ones with. */
  readonly lines: readonly string[]
  /** What makes them of the lines before; empty if nothing has changed. */
  readonly bytes: string
}

/**
 * Control characters in the lines are replaced, and what does not fit is cut.
 *
 * @param before the lines that are there; undefined if that is not known
 */
export const frameOf = (
  lines: readonly Line[],
  { columns }: Size,
  colours: boolean,
  before: readonly string[] | undefined,
): Frame => {
  const cells = lines.map((line) => cut(line, columns))
  const painted = cells.map((line) => line.map((cell) => paint(cell, { colours, width: columns })).join(''))
  const changes = painted.flatMap((text, row) => {
    if (text === before?.[row]) return []
    // What was there is overwritten and not erased first, which would flicker. At the right edge nothing is left of it.
    const isFull = (cells[row] ?? []).reduce((sum, cell) => sum + cell.text.length, 0) >= columns
    return `${ESCAPE}${row + 1};1H${text}${isFull ? '' : CLEAR_TO_END_OF_LINE}`
  })
  if (changes.length === 0) return { lines: painted, bytes: '' }
  const clear = before === undefined ? CLEAR_SCREEN : ''
  return { lines: painted, bytes: `${BEGIN_UPDATE}${clear}${changes.join('')}${END_UPDATE}` }
}

const cut = (line: Line, columns: number): Line => {
  let room = columns
  return line.map((cell): Cell => {
    const text = room > 0 ? fitted(cell.text, room) : ''
    room -= text.length
    return { ...cell, text }
  })
}
