import { expect, test } from 'vitest'
import { LimitedPlaces } from '../../src/serving/limited-places.ts'
import { SharedMemory } from '../../src/serving/shared-memory.ts'
import { sharedNumbers } from '../support/shared-numbers.ts'

const WORKERS = 3

/** The places of one listener in each worker. */
const ofWorkers = (numbers = sharedNumbers(WORKERS)): LimitedPlaces[] =>
  Array.from(
    { length: WORKERS },
    (_, place) => new LimitedPlaces(new SharedMemory(numbers, { place, places: WORKERS }), WORKERS),
  )

/** Takes all that there are, in turn; answers how many each got. */
const takeAll = (workers: readonly LimitedPlaces[]): number[] => {
  const rounds: boolean[][] = []
  do rounds.push(workers.map((places) => places.take()))
  while (rounds.at(-1)?.includes(true))
  return workers.map((_, worker) => rounds.filter((round) => round[worker]).length)
}

const follow = (workers: readonly LimitedPlaces[], maxConnections: number, limitCell?: number): void => {
  for (const places of workers) places.follow({ maxConnections, ...(limitCell !== undefined && { limitCell }) })
}

test('workers that count together have the limit together, also when one gets them all', () => {
  const workers = ofWorkers()
  follow(workers, 10, 0)
  expect(takeAll(workers.slice(0, 1))).toEqual([10])
  expect(takeAll(workers)).toEqual([0, 0, 0])
})

test('without a cell, and without memory, each has its share, rounded up', () => {
  const workers = ofWorkers()
  follow(workers, 10)
  expect(takeAll(workers)).toEqual([4, 4, 4])
  const alone = new LimitedPlaces(undefined, WORKERS)
  alone.follow({ maxConnections: 10, limitCell: 0 })
  expect(takeAll([alone])).toEqual([4])
})

test('a limit that falls below what lives lets nobody in until there is room, and one that rises lets them in at once', () => {
  const workers = ofWorkers()
  follow(workers, 10, 0)
  takeAll(workers)
  follow(workers, 8, 0)
  const [first] = workers
  first?.giveBack()
  first?.giveBack()
  expect(workers.map((places) => places.take())).toEqual([false, false, false])
  first?.giveBack()
  expect(workers.map((places) => places.take())).toEqual([true, false, false])
  follow(workers, 11, 0)
  expect(takeAll(workers)).toEqual([1, 1, 1])
})

test('what lives is counted where the listener is counted now: none is lost or doubled, through every change', () => {
  const numbers = sharedNumbers(WORKERS)
  const workers = ofWorkers(numbers)
  follow(workers, 9, 0)
  takeAll(workers)
  follow(workers, 9)
  expect(takeAll(workers)).toEqual([0, 0, 0])
  for (const places of workers) places.giveBack()
  expect(takeAll(workers)).toEqual([1, 1, 1])
  follow(workers, 10, 5)
  expect(takeAll(workers)).toEqual([1, 0, 0])
  const ofAnotherListener = ofWorkers(numbers)
  follow(ofAnotherListener, 9, 0)
  expect(takeAll(ofAnotherListener)).toEqual([3, 3, 3])
})
