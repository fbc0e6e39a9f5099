import { expect, test } from 'vitest'
import { workerNodeArguments } from '../../src/primary/workers/inheritance.ts'

test('a worker has the arguments of the primary and a small young generation', () => {
  expect(workerNodeArguments(['--enable-source-maps'])).toEqual(['--enable-source-maps', '--max-semi-space-size=2'])
})

test.each([
  [['--max-semi-space-size=16'], undefined],
  [['--max_semi_space_size=16'], ''],
  [[], '--no-warnings --max-semi-space-size=16'],
  [['--min-semi-space-size=4'], ''],
])('whoever sets the young generation decides: %j %s', (given, nodeOptions) => {
  expect(workerNodeArguments(given, nodeOptions)).toEqual(given)
})
