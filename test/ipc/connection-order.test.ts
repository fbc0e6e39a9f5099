import { expect, test } from 'vitest'
import { bySort, SORTS } from '../../src/ipc/connection-parts.ts'
import { connection } from '../commands/admin/top/states.ts'

test.each(SORTS)('connections that are equal by %s have the same order in every answer', (sort) => {
  const all = [3, 1, 2].map((number) => connection(number, { ageMs: 5 }))
  const idsOf = (list: typeof all) => list.toSorted(bySort(sort)).map(({ connectionId }) => connectionId)
  expect(idsOf(all)).toEqual(['start-1-1', 'start-1-2', 'start-1-3'])
  expect(idsOf(all.toReversed())).toEqual(idsOf(all))
})
