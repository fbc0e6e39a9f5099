import { expect, test } from 'vitest'
import { inCells } from '../../../../src/commands/admin/screen/in-cells.ts'
import { aligned, table } from '../../../../src/commands/admin/screen/table.ts'

const PLAIN = { colours: false, width: 40 }

test('columns are aligned, to the left or to the right', () => {
  const rows = [{ cells: [{ text: 'web' }, { text: '1' }] }, { cells: [{ text: 'postgres' }, { text: '1,204' }] }]
  expect(table(['NAME', 'ACTIVE'], rows, [], PLAIN).split('\n')).toEqual([
    'NAME      ACTIVE',
    'web            1',
    'postgres   1,204',
  ])
})

test('a name that is too long keeps its beginning and its end', () => {
  const textOf = (text: string, width: number): string => aligned([{ text }], [{ width, side: 'left' }])[0]?.text ?? ''
  expect(textOf('[2001:db8::1]:50000', 19)).toBe('[2001:db8::1]:50000')
  expect(textOf('[2001:db8::1]:50000', 12)).toBe('[2001:…50000')
  expect(textOf('[2001:db8::1]:50000', 1)).toBe('…')
})

test('characters that control or format are replaced', () => {
  expect(inCells('a\u001b[31m\n\u009b\u200e\u202e\u2028b\u{e0041}')).toBe('a?[31m?????b?')
  expect(inCells('unix:/run/größe.sock')).toBe('unix:/run/größe.sock')
})

test('characters that do not take one cell of the terminal are replaced, and columns stand still', () => {
  expect(inCells('漢字😀ｅ한e\u0301')).toBe('?????e?')
  expect(inCells('größe → … ± ✓ Ωж')).toBe('größe → … ± ✓ Ωж')
  const rows = [{ cells: [{ text: '漢字😀e\u0301' }, { text: '1' }] }, { cells: [{ text: 'postgres' }, { text: '1' }] }]
  expect(table(['NAME', 'ACTIVE'], rows, [], PLAIN).split('\n')).toEqual([
    'NAME      ACTIVE',
    '???e?          1',
    'postgres       1',
  ])
})
