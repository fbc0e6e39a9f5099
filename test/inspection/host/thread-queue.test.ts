import { expect, test } from 'vitest'
import { ThreadCounts } from '../../../src/inspection/host/thread-counts.ts'
import type { Pinned, Request } from '../../../src/inspection/host/thread-queue.ts'
import { Slot } from '../../../src/inspection/host/thread-slot.ts'

test('what a connection withdraws is not shown to its inspector any more: the memory is lent to others', () => {
  const slot = new Slot(1, new ThreadCounts(), { onEnd: () => {}, onStuck: () => {} })
  const [leaving, staying] = [1, 2].map((number): Pinned => ({ number, timeoutMs: () => 1, threadEnded: () => {} }))
  const chunk = (connection: Pinned): Request => ({
    item: { kind: 'chunk', connection: connection.number, direction: 'toUpstream', offset: 0, length: 1 },
    bytes: new Uint8Array(1),
    connection,
  })
  if (!leaving || !staying) throw new Error('there are two')
  for (const connection of [leaving, staying]) slot.ask(chunk(connection))
  slot.withdraw(leaving)
  expect(slot.isIdle).toBe(false)
  slot.withdraw(staying)
  expect(slot.isIdle).toBe(true)
})
