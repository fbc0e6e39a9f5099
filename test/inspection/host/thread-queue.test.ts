import { expect, test } from 'vitest'
import { ThreadQueue, type ThreadUser, type UserRequest } from '../../../src/inspection/host/thread-queue.ts'

test('what a connection withdraws is not shown to its inspector any more: the memory is lent to others', () => {
  const queue = new ThreadQueue({ isLoading: false, onAnswers: () => {}, onTooLong: () => {} })
  const [leaving, staying] = [1, 2].map(
    (): ThreadUser => ({ timeoutMs: () => 1, answered: () => {}, threadEnded: () => {} }),
  )
  const chunk = (user: ThreadUser): UserRequest => ({
    kind: 'chunk',
    connection: 1,
    direction: 'toUpstream',
    bytes: new Uint8Array(1),
    user,
  })
  if (!leaving || !staying) throw new Error('there are two')
  for (const user of [leaving, staying]) queue.add(chunk(user))
  queue.withdraw(leaving)
  expect(queue.isIdle).toBe(false)
  queue.withdraw(staying)
  expect(queue.isIdle).toBe(true)
})
