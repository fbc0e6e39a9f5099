import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Slot } from '../../../src/primary/workers/slot.ts'
import type { WorkerEvents, WorkerProcess } from '../../../src/primary/workers/worker-process.ts'

/** Workers that do what a test says, instead of processes. */
const { forked, system } = vi.hoisted(() => ({
  forked: [] as { events: WorkerEvents }[],
  system: { refuses: false },
}))

vi.mock('../../../src/primary/workers/worker-process.ts', () => ({
  WorkerProcess: class {
    readonly events: WorkerEvents
    state = 'starting'
    constructor(events: WorkerEvents) {
      this.events = events
    }
    static fork(events: WorkerEvents, _timeoutMs: number, onRefused: (error: Error) => void) {
      if (system.refuses) return void queueMicrotask(() => onRefused(new Error('spawn node EAGAIN')))
      const worker = new this(events)
      forked.push(worker)
      return worker
    }
  },
}))

const waits: (number | undefined)[] = []
const reasons: string[] = []
/** Whether a worker of another slot serves. */
let otherServes = false

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  for (const list of [forked, waits, reasons]) list.length = 0
  otherServes = false
  system.refuses = false
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const startedSlot = (): Slot => {
  const slot = new Slot(10_000, {
    onForked: () => {},
    onMessage: () => {},
    onMalformed: () => {},
    onUnresponsive: () => {},
    onDefect: () => {},
    onEnd: (_worker, _how, nextInMs) => waits.push(nextInMs),
    onRefused: (_error, nextInMs) => waits.push(nextInMs),
    onGiveUp: (reason) => reasons.push(reason),
    isAnyServing: () => otherServes,
  })
  slot.start()
  return slot
}

const present = () => {
  const worker = forked.at(-1)
  if (!worker) throw new Error('no worker')
  return { worker: worker as unknown as WorkerProcess, events: worker.events }
}
const becomesReady = () =>
  present().events.onMessage(present().worker, { kind: 'ready', engine: 'streams', connectionPrefix: 'a-1-' })
const dies = () => present().events.onEnd(present().worker, { how: 'exit', says: 'exit code 1' })

/** The worker dies, and the time until the next one passes. */
const isReplaced = () => {
  dies()
  vi.advanceTimersByTime(waits.at(-1) ?? 0)
}

test('a worker that served is replaced at once, the next ones later and later', () => {
  startedSlot()
  for (let deaths = 0; deaths < 5; deaths++) {
    becomesReady()
    isReplaced()
  }
  expect(waits).toEqual([0, 100, 200, 400, 800])
  expect(forked).toHaveLength(6)
})

test('after 30 s of good life all is forgiven', () => {
  startedSlot()
  for (let deaths = 0; deaths < 3; deaths++) {
    becomesReady()
    isReplaced()
  }
  becomesReady()
  vi.advanceTimersByTime(30_000)
  isReplaced()
  becomesReady()
  isReplaced()
  expect(waits).toEqual([0, 100, 200, 0, 100])
})

test('at the start three deaths are enough', () => {
  startedSlot()
  for (let deaths = 0; deaths < 3; deaths++) isReplaced()
  expect(waits).toEqual([0, 100, undefined])
  expect(reasons).toEqual(['3 workers in a row ended before they could serve, the last with exit code 1'])
  vi.runAllTimers()
  expect(forked).toHaveLength(3)
})

test('once it has served ten deaths in a row without serving are enough, and serving once starts the count anew', () => {
  startedSlot()
  becomesReady()
  for (let deaths = 0; deaths < 10; deaths++) isReplaced()
  expect(reasons).toEqual([])
  becomesReady()
  for (let deaths = 0; deaths < 11; deaths++) isReplaced()
  expect(reasons).toHaveLength(1)
})

test('at the start a worker that says why it cannot serve, or says nothing, is enough', () => {
  startedSlot()
  present().events.onMessage(present().worker, { kind: 'cannotServe', reason: 'no engine' })
  startedSlot()
  present().events.onUnresponsive(present().worker, 15_000)
  expect(reasons).toEqual(['no engine', 'a worker was not ready after 15 s'])
  vi.runAllTimers()
  expect(forked).toHaveLength(2)
})

test('a slot in a hurry does not wait out its back-off, and never waits longer for it', () => {
  const slot = startedSlot()
  for (let deaths = 0; deaths < 6; deaths++) {
    becomesReady()
    isReplaced()
  }
  becomesReady()
  dies()
  expect(waits.at(-1)).toBe(3200)
  slot.hurry(1000)
  slot.hurry(2000)
  vi.advanceTimersByTime(999)
  expect(forked).toHaveLength(7)
  vi.advanceTimersByTime(1)
  expect(forked).toHaveLength(8)
})

test('a closed slot starts no worker any more', () => {
  const slot = startedSlot()
  becomesReady()
  isReplaced()
  dies()
  slot.close()
  slot.hurry(0)
  vi.runAllTimers()
  expect(forked).toHaveLength(2)
})

test('while another worker serves it never gives up, and afterwards it has all its attempts', () => {
  otherServes = true
  const slot = startedSlot()
  present().events.onMessage(present().worker, { kind: 'cannotServe', reason: 'no engine' })
  present().events.onUnresponsive(present().worker, 15_000)
  for (let deaths = 0; deaths < 50; deaths++) isReplaced()
  expect(waits.at(-1)).toBe(25_000)
  expect(slot.isSettled).toBe(true)
  otherServes = false
  isReplaced()
  isReplaced()
  expect(reasons).toEqual([])
  isReplaced()
  expect(reasons).toHaveLength(1)
})

/** The system answers, and the time until the next attempt passes. */
const isRefused = async () => {
  await vi.advanceTimersByTimeAsync(0)
  await vi.advanceTimersByTimeAsync(waits.at(-1) ?? 0)
}

test('once it has served it tries on for as long as the system refuses another process', async () => {
  startedSlot()
  becomesReady()
  system.refuses = true
  isReplaced()
  for (let refusals = 0; refusals < 50; refusals++) await isRefused()
  expect(waits.slice(0, 5)).toEqual([0, 100, 200, 400, 800])
  expect(waits.at(-1)).toBe(25_000)
  expect(reasons).toEqual([])
  system.refuses = false
  await isRefused()
  expect(forked).toHaveLength(2)
})

test('at the start three refusals are enough, and their reason is told', async () => {
  system.refuses = true
  startedSlot()
  for (let refusals = 0; refusals < 3; refusals++) await isRefused()
  expect(reasons).toEqual(['3 workers in a row could not be started, the last for spawn node EAGAIN'])
})

/** A slot whose first worker serves, and the one that is to be next. */
const withNext = () => {
  const slot = startedSlot()
  becomesReady()
  const old = present()
  const next = slot.startNext(() => {}) as WorkerProcess
  return { slot, old, next }
}
const END = { how: 'signal', says: 'killed by SIGKILL' } as const

test('the next worker is present once it is adopted, and the end of the one before starts no other', () => {
  const { slot, old, next } = withNext()
  expect(slot.worker).toBe(old.worker)
  expect(slot.adoptNext()).toBe(old.worker)
  expect([slot.worker, slot.next]).toEqual([next, undefined])
  old.events.onEnd(old.worker, END)
  expect([slot.worker, waits, forked.length]).toEqual([next, [undefined], 2])
  vi.runAllTimers()
  dies()
  expect(waits.at(-1)).toBe(0)
})

test('if the present worker dies meanwhile the next one has its place, and no third one is started', () => {
  const { slot, old, next } = withNext()
  old.events.onEnd(old.worker, END)
  expect([slot.worker, slot.next, waits]).toEqual([next, undefined, [0]])
  vi.runAllTimers()
  expect(forked).toHaveLength(2)
})

test('a next worker that dies leaves the present one as it is', () => {
  const { slot, old } = withNext()
  dies()
  expect([slot.worker, slot.next, waits]).toEqual([old.worker, undefined, [undefined]])
  vi.runAllTimers()
  expect(forked).toHaveLength(2)
})
