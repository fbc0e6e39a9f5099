import { afterEach, expect, test, vi } from 'vitest'
import { HeldBytes } from '../../../src/inspection/host/held-bytes.ts'
import { HoldClock } from '../../../src/inspection/host/hold-clock.ts'
import { never, until } from '../../support/until.ts'

const heldWith = (clock: HoldClock) => new HeldBytes(clock, { count: 0 })
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
afterEach(() => {
  vi.useRealTimers()
})

const text = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString()

test('what is held for too long is said once, however often more comes', async () => {
  let late = 0
  const onTooLong = (): void => {
    late += 1
  }
  const held = heldWith(new HoldClock(60, onTooLong))
  const startMs = performance.now()
  while (late === 0) {
    const answer = held.begin(bytes('x'))
    held.allWait()
    expect(await answer).toEqual([])
    await new Promise((resolve) => setTimeout(resolve, 10))
    if (performance.now() - startMs > 5_000) throw new Error('it was never said')
  }
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(50)
  await never('a second time', () => late > 1, 100)
  held.stop()
})

test('what goes on in time is not late', async () => {
  let late = false
  const onTooLong = (): void => {
    late = true
  }
  const held = heldWith(new HoldClock(30, onTooLong))
  void held.begin(bytes('x'))
  held.allWait()
  const answer = held.begin(bytes('y'))
  held.allGoOn()
  expect(text(await answer)).toBe('xy')
  await never('late', () => late, 80)
})

test('what is held are copies: the engine may read into its buffer again', async () => {
  const held = heldWith(new HoldClock(1000, () => {}))
  const buffer = bytes('ab')
  void held.begin(buffer)
  held.allWait()
  buffer.fill(0)
  expect(text(held.release(bytes('c')))).toBe('abc')
})

test('a verdict that is to go on later is neither lost nor given twice when the thread ends meanwhile', async () => {
  const held = heldWith(new HoldClock(1000, () => {}))
  let times = 0
  const answer = held.begin(bytes('x')).then((parts) => {
    times += 1
    return text(parts)
  })
  held.allGoOn(50)
  expect(held.isAsked).toBe(false)
  expect(await answer).toBe('x')
  await until('once', () => times === 1)
  held.stop()
})

// setTimeout(3): a delay of more than 2^31 - 1 ms is 1 ms.
test.each([2 ** 31 - 1, 2 ** 31, 1e10, 1e11])(
  'what is to go on %d ms later does so then, and no sooner',
  async (ms) => {
    vi.useFakeTimers()
    const held = heldWith(new HoldClock(1000, () => {}))
    let gone = ''
    void held.begin(bytes('x')).then((parts) => {
      gone = text(parts)
    })
    held.allGoOn(ms)
    await vi.advanceTimersByTimeAsync(ms - 1)
    expect(gone).toBe('')
    await vi.advanceTimersByTimeAsync(1)
    expect(gone).toBe('x')
  },
)

test('a connection that ends meanwhile leaves no timer of the longest delay', async () => {
  vi.useFakeTimers()
  const held = heldWith(new HoldClock(1000, () => {}))
  void held.begin(bytes('x'))
  held.allGoOn(1e300)
  await vi.advanceTimersByTimeAsync(2 ** 33)
  expect(vi.getTimerCount()).toBe(1)
  held.stop()
  expect(vi.getTimerCount()).toBe(0)
})

test('questions are counted until their verdict comes, also one of bytes that go on later, or the connection ends', async () => {
  const questions = { count: 0 }
  const clock = new HoldClock(1000, () => {})
  const [one, other] = [new HeldBytes(clock, questions), new HeldBytes(clock, questions)]
  const answers = [one.begin(bytes('x')), other.begin()]
  expect(questions.count).toBe(2)
  one.allGoOn(5)
  expect(questions.count).toBe(1)
  other.allWait()
  await Promise.all(answers)
  expect(questions.count).toBe(0)
  void one.begin(bytes('y'))
  expect(questions.count).toBe(1)
  for (const held of [one, other, one]) held.stop()
  expect(questions.count).toBe(0)
})
