import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ToWorker } from '../../src/ipc/messages.ts'
import { StateOwner } from '../../src/primary/state-owner.ts'
import { withListener } from '../../src/serving/edits.ts'
import { applyPatch } from '../../src/serving/plan.ts'
import { type ListenerState, NOTHING_SERVED, type ServingState } from '../../src/serving/state.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const timeouts = { connectMs: 1, idleMs: 1, stallMs: 1, halfCloseMs: 1, prereadMs: 1, maxAgeMs: 1 }
const listener: ListenerState = { upstream: 'app', timeouts, maxConnections: 1, inspect: [], sockets: [] }
const first: ServingState = { ...withListener(NOTHING_SERVED, 'web', listener), version: 1 }

/** A worker that applies what it is sent, and answers when the test says so. */
class Worker {
  state = NOTHING_SERVED
  readonly heard: string[] = []
  gaps = 0
  send(message: ToWorker): void {
    this.heard.push(message.kind)
    if (message.kind !== 'patch') return
    const next = applyPatch(this.state, structuredClone(message.patch))
    if (next === undefined) this.gaps += 1
    else this.state = next
  }
}

const following = (state = first, handles: readonly number[] = []) => {
  const closed: number[] = []
  const owner = new StateOwner(state, {
    get: (socket) => (handles.includes(socket) ? { handle: { fd: socket, close: () => {} } } : undefined),
    close: (socket) => void closed.push(socket),
  })
  const worker = new Worker()
  owner.follow(worker)
  const answers = () => owner.served(worker, worker.state.version)
  return { owner, worker, answers, closed }
}
const setLimit = (owner: StateOwner, maxConnections: number) =>
  owner.edit((state) => withListener(state, 'web', { ...listener, maxConnections }))

test('a worker that comes gets the whole state at once', () => {
  const { worker } = following()
  expect(worker.state).toEqual(first)
})

test('1,000 edits within a second reach a worker as at most 21 patches, and the last one within 50 ms', () => {
  const { owner, worker, answers } = following()
  answers()
  for (let edit = 1; edit <= 1_000; edit++) {
    setLimit(owner, edit)
    vi.advanceTimersByTime(1)
    answers()
  }
  vi.advanceTimersByTime(50)
  expect(worker.state).toEqual(owner.state)
  expect(owner.state.version).toBe(1_001)
  expect(worker.heard.length).toBeLessThanOrEqual(22)
})

test('a single edit is not held back', () => {
  const { owner, worker, answers } = following()
  answers()
  vi.advanceTimersByTime(1_000)
  setLimit(owner, 2)
  vi.advanceTimersByTime(1)
  expect(worker.state).toEqual(owner.state)
})

test('a worker that does not answer is not told any more until it does, and then catches up with one patch', () => {
  const { owner, worker, answers } = following()
  for (let edit = 2; edit < 100; edit++) {
    setLimit(owner, edit)
    vi.advanceTimersByTime(50)
  }
  expect(worker.heard).toEqual(['patch'])
  answers()
  vi.advanceTimersByTime(50)
  expect(worker.heard).toEqual(['patch', 'patch'])
  expect(worker.state).toEqual(owner.state)
  expect(owner.versionOf(worker)).toBe(1)
  answers()
  expect(owner.versionOf(worker)).toBe(owner.state.version)
})

test('a worker that cannot apply a version is shown at the one before, and gets what comes next', () => {
  const { owner, worker, answers } = following()
  answers()
  setLimit(owner, 2)
  vi.advanceTimersByTime(50)
  setLimit(owner, 3)
  owner.notApplied(worker, 2)
  expect(owner.versionOf(worker)).toBe(1)
  vi.advanceTimersByTime(50)
  expect(worker.state).toEqual(owner.state)
  answers()
  expect(owner.versionOf(worker)).toBe(3)
})

test('a drain does not wait for an answer, nor for its turn', () => {
  const { owner, worker } = following()
  owner.edit((state) => ({ ...state, draining: { withinMs: 5, spreadMs: 0 } }))
  expect(worker.state.draining).toEqual({ withinMs: 5, spreadMs: 0 })
  owner.edit((state) => ({ ...state, draining: { withinMs: 0, spreadMs: 0 } }))
  expect(worker.state.draining).toEqual({ withinMs: 0, spreadMs: 0 })
  expect(worker.gaps).toBe(0)
})

test('edits during a drain go together, as before it', () => {
  const { owner, worker } = following()
  owner.edit((state) => ({ ...state, draining: { withinMs: 5, spreadMs: 0 } }))
  const heard = worker.heard.length
  for (let edit = 2; edit < 100; edit++) setLimit(owner, edit)
  vi.advanceTimersByTime(50)
  expect(worker.heard.length).toBe(heard + 1)
  expect(worker.state).toEqual(owner.state)
})

test('a worker that has missed a patch gets the whole', () => {
  const { owner, worker, answers } = following()
  answers()
  worker.state = NOTHING_SERVED
  setLimit(owner, 5)
  vi.advanceTimersByTime(50)
  expect(worker.gaps).toBe(1)
  owner.missed(worker)
  expect(worker.state).toEqual(owner.state)
})

test('sockets are sent once, before the state that names them', () => {
  const { owner, worker, answers } = following(withListener(first, 'web', { ...listener, sockets: [1] }), [1, 2])
  expect(worker.heard).toEqual(['socket', 'patch'])
  answers()
  owner.edit((state) => withListener(state, 'api', { ...listener, sockets: [1, 2] }))
  vi.advanceTimersByTime(50)
  expect(worker.heard).toEqual(['socket', 'patch', 'socket', 'patch'])
})

test('a socket that an edit takes out of the state is closed, but not while it is on its way to a worker', () => {
  const { owner, worker, answers, closed } = following(
    withListener(first, 'web', { ...listener, sockets: [1] }),
    [1, 2],
  )
  const removeWeb = () => owner.edit((state) => withListener(state, 'web', undefined))
  removeWeb()
  expect(closed).toEqual([])
  answers()
  expect(closed).toEqual([1])
  vi.advanceTimersByTime(50)
  answers()

  owner.edit((state) => withListener(state, 'api', { ...listener, sockets: [2] }))
  vi.advanceTimersByTime(50)
  owner.edit((state) => withListener(state, 'api', undefined))
  expect(closed).toEqual([1])
  owner.unfollow(worker)
  expect(closed).toEqual([1, 2])
})

test('a socket that moves to another listener stays open', () => {
  const { owner, answers, closed } = following(withListener(first, 'web', { ...listener, sockets: [1] }), [1])
  answers()
  owner.edit((state) => withListener(withListener(state, 'web', undefined), 'api', { ...listener, sockets: [1] }))
  expect(closed).toEqual([])
})

test('an edit that changes nothing is no new version', () => {
  const { owner } = following()
  owner.edit((state) => state)
  expect(owner.state.version).toBe(1)
})

test('nobody is told after the end', () => {
  const { owner, worker, answers } = following()
  answers()
  setLimit(owner, 5)
  owner.close()
  vi.advanceTimersByTime(1_000)
  expect(worker.heard).toEqual(['patch'])
})

test('each edit is completed before anybody is told, with the oldest version that a worker may still serve', () => {
  const seen: [version: number, oldestServed: number][] = []
  const owner = new StateOwner(first, { get: () => undefined, close: () => {} }, (state, oldestServed) => {
    seen.push([state.version, oldestServed])
    return withListener(state, 'web', { ...(state.listeners.get('web') ?? listener), limitCell: 7 })
  })
  const [one, other] = [new Worker(), new Worker()]
  owner.follow(one)
  expect(one.state.listeners.get('web')?.limitCell).toBe(7)
  owner.served(one, 1)
  setLimit(owner, 2)
  owner.follow(other)
  setLimit(owner, 3)
  expect(owner.state.listeners.get('web')).toEqual({ ...listener, maxConnections: 3, limitCell: 7 })
  expect(seen).toEqual([
    [1, 1],
    [2, 1],
    [3, 0],
  ])
})
