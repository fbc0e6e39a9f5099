import { expect, test } from 'vitest'
import { engineOf } from '../../src/primary/admin/stats-answer.ts'

const kernel = { engine: 'kernel' } as const
const streams = { engine: 'streams' } as const
const starting = { engine: null }

test.each([
  ['no worker has served', [starting], null, null],
  ['no worker serves any more', [starting], 'kernel', 'kernel'],
  ['one still starts', [kernel, starting], 'streams', 'kernel'],
  ['all have the same', [streams, streams], 'kernel', 'streams'],
  ['they differ', [kernel, streams, kernel], 'kernel', 'mixed'],
] as const)('the engine in /stats when %s', (_, workers, last, engine) => {
  expect(engineOf(workers, last)).toBe(engine)
})
