import { printable } from '../../../dashboard/text/printable.ts'

/**
 * Combining marks, which take no cell of the terminal, and characters that take two (Unicode, UAX #11: East Asian Wide and
 * Fullwidth), emoji among them. All beyond the first plane, too: there a string counts two for each.
 */
const NOT_ONE_CELL =
  /[\p{M}\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\p{Cs}\u{10000}-\u{10ffff}]/gu

/** A text of which each character takes one cell of the terminal: `?` instead of any other. */
export const inCells = (text: string): string => printable(text).replace(NOT_ONE_CELL, '?')
