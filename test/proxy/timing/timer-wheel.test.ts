import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nowMs } from '../../../src/clock.ts'
import { NEVER, TimerWheel, type WheelEntry } from '../../../src/proxy/timing/timer-wheel.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Has a deadline that may be moved, and notes when it was met. */
class Entry implements WheelEntry {
  slotMs = 0
  slotPlace = 0
  deadlineMs = NEVER
  durationMs = 0
  firedMs: number[] = []
  looks = 0
  onFire = (): void => {}

  due(now: number): number {
    this.looks += 1
    if (now < this.deadlineMs) return this.deadlineMs
    this.deadlineMs = NEVER
    this.firedMs.push(now)
    this.onFire()
    return NEVER
  }

  set(wheel: TimerWheel, durationMs: number): void {
    this.durationMs = durationMs
    this.deadlineMs = nowMs() + durationMs
    wheel.wakeWithin(this, durationMs)
  }

  /** A 32nd of the duration, or 8 ms, and a timer that begins in a fraction of a millisecond. */
  get latestMs(): number {
    return this.deadlineMs + Math.max(this.durationMs / 32, 8) + 2
  }
}

describe('the timer wheel', () => {
  test('wakes each of 10,000 entries once, never early and at most a 32nd late', () => {
    const wheel = new TimerWheel()
    const entries = Array.from({ length: 10_000 }, () => new Entry())
    const promises = entries.map((entry, index) => {
      entry.set(wheel, 1 + index * 7)
      return { entry, earliest: entry.deadlineMs, latest: entry.latestMs }
    })
    vi.advanceTimersByTime(75_000)
    for (const { entry, earliest, latest } of promises) {
      expect(entry.firedMs).toHaveLength(1)
      expect(entry.firedMs[0]).toBeGreaterThanOrEqual(earliest)
      expect(entry.firedMs[0]).toBeLessThanOrEqual(latest)
    }
  })

  test('has one timer for all entries, and none once nothing waits', () => {
    const wheel = new TimerWheel()
    expect(vi.getTimerCount()).toBe(0)
    for (let index = 0; index < 1000; index++) new Entry().set(wheel, 1000 + index * 10)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(5_000)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(10_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('leaves no timer when all that waited was removed', () => {
    const wheel = new TimerWheel()
    const entries = Array.from({ length: 100 }, () => new Entry())
    for (const entry of entries) entry.set(wheel, 1000)
    for (const entry of entries) wheel.remove(entry)
    for (const entry of entries) wheel.remove(entry)
    vi.advanceTimersByTime(1_100)
    expect(vi.getTimerCount()).toBe(0)
    expect(entries.filter(({ looks }) => looks > 0)).toEqual([])
  })

  test('has no timer for what is never due', () => {
    const wheel = new TimerWheel()
    new Entry().set(wheel, NEVER)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('wakes earlier when the wish becomes shorter, also before everything else', () => {
    const wheel = new TimerWheel()
    const [slow, quick] = [new Entry(), new Entry()]
    slow.set(wheel, 60_000)
    quick.set(wheel, 30_000)
    quick.set(wheel, 100)
    vi.advanceTimersByTime(120)
    expect([quick.firedMs.length, slow.firedMs.length]).toEqual([1, 0])
    vi.advanceTimersByTime(70_000)
    expect([quick.firedMs.length, slow.firedMs.length]).toEqual([1, 1])
  })

  test('does not wake what another one removes when it is woken', () => {
    const wheel = new TimerWheel()
    const [one, other] = [new Entry(), new Entry()]
    one.onFire = () => wheel.remove(other)
    other.onFire = () => wheel.remove(one)
    one.set(wheel, 100)
    other.set(wheel, 100)
    vi.advanceTimersByTime(200)
    expect([...one.firedMs, ...other.firedMs]).toHaveLength(1)
    expect([one.slotMs, other.slotMs]).toEqual([0, 0])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('waits for the longest duration that a config may have', () => {
    const wheel = new TimerWheel()
    const entry = new Entry()
    entry.set(wheel, 24 * 24 * 3_600_000)
    vi.advanceTimersByTime(24 * 24 * 3_600_000 - 1)
    expect(entry.firedMs).toEqual([])
    vi.advanceTimersByTime(24 * 3_600_000)
    expect(entry.firedMs).toHaveLength(1)
  })

  test('wakes fewer than 40 times in ten minutes for 5,000 idle connections', () => {
    const wheel = new TimerWheel()
    const timer = vi.spyOn(globalThis, 'setTimeout')
    const entries = Array.from({ length: 5_000 }, () => new Entry())
    for (const entry of entries) {
      entry.set(wheel, 600_000)
      vi.advanceTimersByTime(1)
    }
    timer.mockClear()
    vi.advanceTimersByTime(600_000)
    expect(timer.mock.calls.length).toBeLessThan(40)
    timer.mockRestore()
  })

  type Step =
    | { do: 'set'; entry: number; ms: number }
    | { do: 'postpone' | 'remove'; entry: number; ms: number }
    | { do: 'advance'; ms: number }
  const MOST_STEPS = 60
  const LONGEST_MS = 600_000
  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.oneof(
      fc.record({
        do: fc.constantFrom('set' as const, 'postpone' as const, 'remove' as const),
        entry: fc.nat(7),
        ms: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: LONGEST_MS })),
      }),
      fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 60_000 }) }),
    ),
    { maxLength: MOST_STEPS },
  )

  test('never wakes early and never forgets, in whatever order things are set, postponed and removed', () => {
    const property = fc.property(steps, (plan) => {
      const wheel = new TimerWheel()
      const entries = Array.from({ length: 8 }, () => new Entry())
      for (const step of plan) act(wheel, entries, step)
      vi.advanceTimersByTime(MOST_STEPS * LONGEST_MS * 2)
      expect(entries.filter(({ deadlineMs }) => deadlineMs !== NEVER)).toEqual([])
      expect(vi.getTimerCount()).toBe(0)
    })
    fc.assert(property, { numRuns: 500 })
  })

  const act = (wheel: TimerWheel, entries: readonly Entry[], step: Step): void => {
    if (step.do === 'advance') {
      vi.advanceTimersByTime(step.ms)
      const now = nowMs()
      // `due` itself never fires early: what is to be seen here is that nothing is overdue.
      for (const entry of entries) expect(entry.latestMs).toBeGreaterThanOrEqual(now)
      return
    }
    const entry = entries[step.entry] as Entry
    if (step.do === 'set') entry.set(wheel, step.ms)
    else if (step.do === 'remove') {
      wheel.remove(entry)
      entry.deadlineMs = NEVER
    } else if (entry.deadlineMs !== NEVER) {
      // A byte has moved: the deadline is later, and nobody tells the wheel.
      entry.deadlineMs += step.ms
      entry.durationMs += step.ms
    }
  }
})
