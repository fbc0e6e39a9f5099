import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Asker } from '../../src/ipc/ask.ts'
import type { ToWorker } from '../../src/ipc/messages.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const part = (connectionId: string) => ({
  connectionId,
  listener: 'web',
  phase: 'dial',
  client: '127.0.0.1:4711',
  upstream: 'app',
  engine: 'kernel',
  worker: 1,
  ageMs: 1,
  idleMs: 1,
  heldMs: 0,
  bytesToUpstream: 0,
  bytesToClient: 0,
  bytesPerSecondToUpstream: 0,
  bytesPerSecondToClient: 0,
})

const ABOUT = { sort: 'age', limit: 100 } as const

/** Workers that answer when the test says so. */
const asking = (ids: readonly number[], withinMs = 500) => {
  const asker = new Asker()
  const heard: ToWorker[] = []
  const answers = asker.ask(
    ids.map((id) => ({ id, send: (message: ToWorker) => heard.push(message) })),
    'connections',
    withinMs,
    ABOUT,
  )
  const answer = (worker: number, parts: readonly unknown[], last = true, question = 1) =>
    asker.take(worker, { kind: 'answer', question, parts, last })
  return { asker, heard, answers, answer }
}

/** The names in an answer, with the worker that sent each. */
const named = async (answers: ReturnType<typeof asking>['answers']) => {
  const { parts, missing } = await answers
  return {
    parts: parts.map(({ worker, part }) => `${worker} ${'connectionId' in part ? part.connectionId : ''}`),
    missing,
  }
}

test('the answer is there as soon as the last worker has answered, with the slices of each in their order', async () => {
  const { heard, answers, answer } = asking([1, 2])
  expect(heard).toEqual([
    { kind: 'ask', question: 1, name: 'connections', about: ABOUT },
    { kind: 'ask', question: 1, name: 'connections', about: ABOUT },
  ])
  answer(2, [part('a')], false)
  answer(1, [part('b')])
  answer(2, [part('c'), part('d')], false)
  answer(2, [])
  expect(await named(answers)).toEqual({ parts: ['2 a', '1 b', '2 c', '2 d'], missing: [] })
  expect(vi.getTimerCount()).toBe(0)
})

test('at the deadline there is what has come, and who is missing', async () => {
  const { answers, answer } = asking([1, 2, 3], 500)
  answer(1, [part('a')])
  answer(3, [part('c')], false)
  await vi.advanceTimersByTimeAsync(500)
  answer(2, [part('late')])
  expect(await named(answers)).toEqual({ parts: ['1 a', '3 c'], missing: [2, 3] })
})

test('nobody waits for a worker that is gone', async () => {
  const { asker, answers, answer } = asking([1, 2])
  asker.ended(1)
  asker.ended(7)
  answer(2, [part('b')])
  expect(await named(answers)).toEqual({ parts: ['2 b'], missing: [1] })
})

test('what is no answer counts as none, and nobody else suffers', async () => {
  const { answers, answer } = asking([1, 2])
  answer(1, [{ ...part('x'), phase: 'birth' }])
  answer(2, [part('b')])
  expect(await named(answers)).toEqual({ parts: ['2 b'], missing: [1] })
})

test('an answer of a worker that was not asked, to no question, or after the last slice is let go', async () => {
  const { answers, answer } = asking([1, 2])
  answer(3, [part('x')])
  answer(1, [part('x')], true, 99)
  answer(1, [part('a')])
  answer(1, [part('x')])
  answer(2, [])
  expect(await named(answers)).toEqual({ parts: ['1 a'], missing: [] })
})

test('without a worker the answer is empty, at once', async () => {
  expect(await named(asking([]).answers)).toEqual({ parts: [], missing: [] })
})
