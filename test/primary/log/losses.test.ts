import { expect, test } from 'vitest'
import { lossLogger } from '../../../src/primary/log/losses.ts'

test('a loss is said at each look that finds more, and once when it has been over for five', () => {
  const said: [number, string][] = []
  const look = lossLogger({ warn: (fields: object, text: string) => said.push([Object.values(fields)[0], text]) })
  for (const lost of [0, 0, 3, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8, 8]) look(lost)
  const lost = 'log lines are lost: the disk is full, or the reader of the log is stuck'
  expect(said).toEqual([
    [3, lost],
    [7, lost],
    [8, lost],
    [8, 'no more log lines are lost'],
  ])
})
