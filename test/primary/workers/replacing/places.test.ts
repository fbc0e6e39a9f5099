import { expect, test } from 'vitest'
import { Places } from '../../../../src/primary/workers/replacing/places.ts'

test('each worker has a place of its own, the first that is free, until it has ended', () => {
  const places = new Places(4)
  for (const worker of [1, 2, 3]) places.take(worker)
  expect([1, 2, 3].map((worker) => places.of(worker))).toEqual([0, 1, 2])
  places.leave(2)
  expect(() => places.of(2)).toThrow('worker 2 has no place')
  places.take(4)
  places.take(5)
  expect([places.of(3), places.of(4), places.of(5)]).toEqual([2, 1, 3])
  expect(() => places.take(6)).toThrow('no place is left for worker 6')
})
