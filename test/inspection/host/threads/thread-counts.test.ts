import { expect, test } from 'vitest'
import type { InspectorPlan } from '../../../../src/inspection/host/sets/inspector-set.ts'
import { InspectorSets } from '../../../../src/inspection/host/sets/inspector-sets.ts'
import { ThreadCounts } from '../../../../src/inspection/host/threads/thread-counts.ts'
import { CountRow, countMemory } from '../../../../src/inspection/shared/count-row.ts'

const plan: InspectorPlan = {
  name: 'match',
  contentHash: '',
  directions: 'both',
  timeoutMs: 1,
  onFailure: 'close',
  hasEnd: false,
}

test('what was counted of a set stays in the sum when its thread unloads it or ends, and the memory is let go', () => {
  const counts = new ThreadCounts()
  const sets = new InspectorSets()
  const chunks = (): number => counts.sum().of('inspector', 'web', 'match').chunks
  const thread = {}
  const [old, current] = [sets.next({}), sets.next({})].map((source) => {
    counts.name({ ...source, plans: new Map([['web', [plan]]]) })
    const memory = countMemory(1)
    counts.add(thread, source, memory)
    return { setNumber: source.setNumber, row: new CountRow(memory, 0) }
  })
  if (old === undefined || current === undefined) throw new Error('there are two')
  old.row.chunk(1)
  current.row.chunk(1)
  expect(chunks()).toBe(2)
  counts.unload(thread, old.setNumber)
  old.row.chunk(1)
  expect(chunks()).toBe(2)
  counts.end(thread)
  current.row.chunk(1)
  expect(chunks()).toBe(2)
})
