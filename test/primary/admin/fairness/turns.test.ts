import { setImmediate as nextRound } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Turns } from '../../../../src/primary/admin/fairness/turns.ts'

test('so many are at it at once, the others in the order in which they came', async () => {
  const turns = new Turns(2)
  const begun: number[] = []
  const ends: (() => void)[] = []
  const all = [0, 1, 2, 3].map((index) =>
    turns.take(() => {
      begun.push(index)
      return new Promise<void>((resolve) => ends.push(resolve))
    }),
  )
  await nextRound()
  expect(begun).toEqual([0, 1])
  ends[1]?.()
  await expect.poll(() => begun).toEqual([0, 1, 2])
  ends[0]?.()
  await expect.poll(() => begun).toEqual([0, 1, 2, 3])
  for (const end of ends) end()
  await Promise.all(all)
})

test('one who fails leaves its place, and its place is free only after others had time', async () => {
  const turns = new Turns(1)
  const failed = turns.take(() => Promise.reject(new Error('a defect')))
  let isNext = false
  const next = turns.take(() => {
    isNext = true
  })
  await expect(failed).rejects.toThrow('a defect')
  expect(isNext).toBe(false)
  await next
  expect(isNext).toBe(true)
})

test('it is full when as many wait as may', async () => {
  const turns = new Turns(1, 1)
  expect(turns.isFull).toBe(false)
  const first = turns.take(() => nextRound())
  expect(turns.isFull).toBe(false)
  const second = turns.take(() => 'done')
  expect(turns.isFull).toBe(true)
  await first
  expect(await second).toBe('done')
  await expect.poll(() => turns.isFull).toBe(false)
})
