import { expect, test } from 'vitest'
import { shared } from '../../../../src/primary/admin/fairness/shared.ts'

/** Something that is made when the test says so. */
const maker = () => {
  const ends: ((made: number) => void)[] = []
  const failures: ((error: Error) => void)[] = []
  const make = shared(
    () =>
      new Promise<number>((resolve, reject) => {
        ends.push(resolve)
        failures.push(reject)
      }),
  )
  return { ends, failures, make }
}

test('whoever asks while something is made gets the next one, with all others who do', async () => {
  const { ends, make } = maker()
  const first = make()
  const others = [make(), make(), make()]
  expect(ends).toHaveLength(1)
  ends[0]?.(1)
  expect(await first).toBe(1)
  await expect.poll(() => ends.length).toBe(2)
  const later = make()
  ends[1]?.(2)
  expect(await Promise.all(others)).toEqual([2, 2, 2])
  await expect.poll(() => ends.length).toBe(3)
  ends[2]?.(3)
  expect(await later).toBe(3)
})

test('whoever asks once it is made has it made anew', async () => {
  const { ends, make } = maker()
  for (const made of [1, 2]) {
    const asked = make()
    await expect.poll(() => ends.length).toBe(made)
    ends.at(-1)?.(made)
    expect(await asked).toBe(made)
  }
})

test('a failure is only of those who asked for it', async () => {
  const { ends, failures, make } = maker()
  const first = make()
  const second = make()
  failures[0]?.(new Error('a defect'))
  await expect(first).rejects.toThrow('a defect')
  await expect.poll(() => ends.length).toBe(2)
  ends[1]?.(2)
  expect(await second).toBe(2)
})
