import { expect, test } from 'vitest'
import type { Line } from '../../../../src/commands/admin/screen/table.ts'
import { frameOf } from '../../../../src/commands/admin/top/frame.ts'

const SIZE = { columns: 10, rows: 3 }
const linesOf = (...texts: string[]): Line[] => texts.map((text) => [{ text }])

/** What is shown of a frame, with `^` for the beginning of a sequence. */
const bytesOf = (lines: readonly Line[], before?: readonly string[], colours = true): string =>
  frameOf(lines, SIZE, colours, before).bytes.replaceAll('\u001b[', '^')

test('the first frame clears the screen and writes every line', () => {
  expect(bytesOf(linesOf('one', 'two'))).toBe('^?2026h^2J^1;1Hone^K^2;1Htwo^K^?2026l')
})

test('the next one writes what has changed, and nothing if nothing has', () => {
  const { lines } = frameOf(linesOf('one', 'two', 'three'), SIZE, true, undefined)
  expect(bytesOf(linesOf('one', 'TWO', 'three'), lines)).toBe('^?2026h^2;1HTWO^K^?2026l')
  expect(bytesOf(linesOf('one', 'two', 'three'), lines)).toBe('')
})

test('a line that fills the screen is cut, and what is behind it is not erased: that would be its last character', () => {
  expect(bytesOf(linesOf('0123456789'))).toContain('^1;1H0123456789^?')
  expect(bytesOf(linesOf('0123456789a'))).toContain('^1;1H012345678…^?')
  expect(bytesOf([[{ text: '01234567' }, { text: '89a' }, { text: 'bc' }]])).toContain('^1;1H012345678…^?')
})

test('colours are ended with their cell, and left out where there are none', () => {
  const line: Line[] = [[{ text: 'a', colour: 31 }, { text: 'b' }]]
  expect(bytesOf(line)).toContain('^31ma^0mb')
  expect(bytesOf(line, undefined, false)).toContain('^1;1Hab^K')
})

test('nothing that a client or a server is called moves the cursor', () => {
  const bytes = bytesOf(linesOf('\u001b[2Ja', 'b\r\nc\u009b', '\u202ed'))
  expect(bytes).toBe('^?2026h^2J^1;1H?[2Ja^K^2;1Hb??c?^K^3;1H?d^K^?2026l')
})
