import { expect, test } from 'vitest'
import { threadsFor } from '../../../../src/inspection/host/threads/thread-choice.ts'

test.each([
  { workers: 1, cores: 1, threads: 2, because: 'nobody else would go on while one hangs' },
  { workers: 1, cores: 8, threads: 2, because: 'there are cores for both' },
  { workers: 2, cores: 8, threads: 2, because: 'there are cores for both' },
  { workers: 2, cores: 2, threads: 1, because: 'the workers take every core' },
  { workers: 8, cores: 2, threads: 1, because: 'the workers take every core' },
  { workers: 9, cores: 64, threads: 1, because: 'eight others go on while one hangs' },
])('auto is $threads for $workers workers on $cores cores: $because', ({ workers, cores, threads }) => {
  expect(threadsFor('auto', workers, cores)).toBe(threads)
})

test('a number in the config is the number', () => {
  expect(threadsFor(3, 2, 2)).toBe(3)
})
