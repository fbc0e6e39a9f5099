import { expect, test } from 'vitest'
import { LimitCells } from '../../../src/primary/limits/limit-cells.ts'

/** Three cells, and which of them somebody counts in. */
const threeCells = () => {
  const counted = new Set<number>()
  return { cells: new LimitCells(3, (cell) => !counted.has(cell)), counted }
}

test('a limit keeps its cell, also when it comes again', () => {
  const { cells } = threeCells()
  expect([cells.cellOf('one', 1), cells.cellOf('two', 1), cells.cellOf('one', 1)]).toEqual([0, 1, 0])
  cells.keepOnly(new Set(['two']), 2)
  expect(cells.cellOf('one', 2)).toBe(0)
  expect(cells.used).toBe(2)
})

test('a cell of a limit that is gone is given again once no worker serves it and nothing is counted in it', () => {
  const { cells, counted } = threeCells()
  for (const name of ['one', 'two', 'three']) cells.cellOf(name, 1)
  expect(cells.cellOf('four', 1), 'all are in use').toBeUndefined()
  counted.add(1)
  cells.keepOnly(new Set(['three']), 5)
  expect(cells.cellOf('four', 4), 'a worker serves version 4').toBeUndefined()
  counted.add(0)
  expect(cells.cellOf('four', 5), 'connections live on in both').toBeUndefined()
  counted.delete(1)
  expect(cells.cellOf('four', 5)).toBe(1)
  expect(cells.cellOf('five', 5)).toBeUndefined()
})

test('the cell that was left first is given again first, and those that were never used before', () => {
  const { cells } = threeCells()
  cells.cellOf('one', 1)
  cells.cellOf('two', 1)
  cells.keepOnly(new Set(['one']), 2)
  cells.keepOnly(new Set(), 3)
  expect(['three', 'four', 'five', 'six'].map((name) => cells.cellOf(name, 9))).toEqual([2, 1, 0, undefined])
})

test('a limit that comes again before its cell was given away is not given away', () => {
  const { cells } = threeCells()
  for (const name of ['one', 'two', 'three']) cells.cellOf(name, 1)
  cells.keepOnly(new Set(['two', 'three']), 2)
  cells.cellOf('one', 2)
  expect(cells.cellOf('four', 9)).toBeUndefined()
})
