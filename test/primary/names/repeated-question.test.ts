import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RepeatedQuestion } from '../../../src/primary/names/repeated-question.ts'
import { type Answer, keepMsOf, NoAnswer } from '../../../src/primary/names/resolve/answer.ts'

const ask = vi.fn<(last: string | undefined) => Promise<Answer<string>>>()
const events = { onFailing: vi.fn(), onAnswered: vi.fn() }
const onNews = vi.fn()
const answers = (found: string, keepMs = 10_000) => ask.mockResolvedValueOnce({ found, keepMs })
const fails = (code: string) => ask.mockRejectedValueOnce(new NoAnswer(code))
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

const open: RepeatedQuestion<string>[] = []
const question = (): RepeatedQuestion<string> => {
  const opened = new RepeatedQuestion(ask, events)
  opened.watch(onNews)
  open.push(opened)
  return opened
}

beforeEach(() => {
  vi.useFakeTimers()
  for (const mock of [ask, onNews, events.onFailing, events.onAnswered]) mock.mockReset()
  ask.mockRejectedValue(new NoAnswer('ETIMEOUT'))
})
afterEach(() => {
  for (const opened of open.splice(0)) opened.close()
  vi.useRealTimers()
})

test('it is asked at once, and again when its answer has become too old, not before', async () => {
  answers('a', 3_000)
  const asked = question()
  await asked.settled
  expect(asked.found).toBe('a')
  await pass(2_999)
  expect(ask).toHaveBeenCalledTimes(1)
  expect(asked.ageMs).toBeGreaterThan(2_000)
  answers('b', 60_000)
  await pass(1)
  expect(ask).toHaveBeenLastCalledWith('a')
  expect(asked).toMatchObject({ found: 'b', ageMs: expect.closeTo(0, -1) })
  expect(onNews).toHaveBeenCalledTimes(2)
})

test('the same answer again is no news', async () => {
  answers('a', 1_000)
  answers('a', 1_000)
  question()
  await pass(1_000)
  expect(ask).toHaveBeenCalledTimes(2)
  expect(onNews).toHaveBeenCalledTimes(1)
  expect(events.onAnswered).not.toHaveBeenCalled()
})

test('while it fails the last answer stays; that is said once, and once when there is an answer again', async () => {
  answers('a', 1_000)
  const asked = question()
  await pass(0)
  for (const code of ['ESERVFAIL', 'ETIMEOUT', 'ENOTFOUND']) {
    fails(code)
    await pass(5_000)
    expect(asked.found).toBe('a')
  }
  expect(events.onFailing).toHaveBeenCalledTimes(1)
  expect(events.onFailing).toHaveBeenCalledWith(expect.objectContaining({ code: 'ESERVFAIL' }), true)
  expect(asked.ageMs).toBeGreaterThan(10_000)
  answers('a')
  await pass(5_000)
  expect(asked.failure).toBeUndefined()
  expect(events.onAnswered.mock.calls).toEqual([[true]])
})

test('after failures it is asked again soon, later after each, and at least every five seconds', async () => {
  const times: number[] = []
  const beganMs = Date.now()
  ask.mockImplementation(async () => {
    times.push(Date.now() - beganMs)
    throw new NoAnswer('ENOTFOUND')
  })
  question()
  await pass(20_000)
  expect(times).toEqual([0, 1_000, 3_000, 7_000, 12_000, 17_000])
})

test('a first failure settles it too, and its first answer is said', async () => {
  fails('ENOTFOUND')
  const asked = question()
  await asked.settled
  expect(asked).toMatchObject({ found: undefined, ageMs: undefined, failure: { code: 'ENOTFOUND' } })
  answers('a')
  await pass(1_000)
  expect(events.onFailing.mock.calls).toEqual([[expect.anything(), false]])
  expect(events.onAnswered.mock.calls).toEqual([[false]])
})

test('once it is closed nothing is asked or said, whatever the last question comes to', async () => {
  let answer: (answer: Answer<string>) => void = () => {}
  ask.mockReturnValueOnce(
    new Promise((resolve) => {
      answer = resolve
    }),
  )
  const asked = question()
  asked.close()
  answer({ found: 'a', keepMs: 1 })
  await pass(10_000)
  expect(ask).toHaveBeenCalledTimes(1)
  expect(onNews).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})

test.each([
  [0, 1_000],
  [1, 1_000],
  [30, 30_000],
  [3_600, 3_600_000],
  [2 ** 31 - 1, 3_600_000],
])('an answer with a TTL of %d s is kept for %d ms', (ttl, ms) => {
  expect(keepMsOf(ttl)).toBe(ms)
})
