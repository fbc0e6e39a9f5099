import { expect, test } from 'vitest'
import type { LogConfig } from '../../src/config/schema.ts'
import type { LogLevel } from '../../src/config/sections/log.ts'
import { withListener } from '../../src/serving/edits.ts'
import { patchBetween } from '../../src/serving/plan.ts'
import { type ListenerState, NOTHING_SERVED, type ServingState } from '../../src/serving/state.ts'
import { StateFollower } from '../../src/worker/following.ts'

const timeouts = { connectMs: 1, idleMs: 1, stallMs: 1, halfCloseMs: 1, prereadMs: 1, maxAgeMs: 1 }
const listener: ListenerState = { upstream: 'app', timeouts, maxConnections: 1, inspect: [], sockets: [] }
const stateAt = (version: number, changes: Partial<ServingState> = {}): ServingState => ({
  ...withListener(NOTHING_SERVED, 'web', { ...listener, maxConnections: version }),
  version,
  ...changes,
})

const logAt = (level: LogLevel): LogConfig => ({ level, access: false })

/** A follower whose applying goes on when the test says so. */
const following = () => {
  const told: string[] = []
  const waiting: { version: number; done: (error?: Error) => void }[] = []
  const follower = new StateFollower({
    apply: ({ version }) =>
      new Promise((resolve, reject) => {
        waiting.push({ version, done: (error) => (error ? reject(error) : resolve()) })
      }),
    onServed: (version) => told.push(`serves ${version}`),
    onFailed: (version, { message }) => told.push(`not ${version}: ${message}`),
    onGap: () => told.push('gap'),
    onDraining: ({ withinMs }) => told.push(`drains within ${withinMs}`),
    onLog: ({ level }) => told.push(`logs ${level}`),
  })
  const finish = async (error?: Error): Promise<void> => {
    waiting.shift()?.done(error)
    await new Promise(setImmediate)
  }
  const take = (from: ServingState, to: ServingState) => void follower.take(patchBetween(from, to))
  return { told, waiting, take, finish }
}

test('a state is served once it is applied, and what has come meanwhile is applied together', async () => {
  const { told, waiting, take, finish } = following()
  take(NOTHING_SERVED, stateAt(1))
  take(stateAt(1), stateAt(2))
  take(stateAt(2), stateAt(5))
  expect([told, waiting.map(({ version }) => version)]).toEqual([[], [1]])
  await finish()
  expect([told, waiting.map(({ version }) => version)]).toEqual([['serves 1'], [5]])
  await finish()
  expect([told, waiting]).toEqual([['serves 1', 'serves 5'], []])
})

test('a patch that comes twice is applied once', async () => {
  const { waiting, take, finish } = following()
  take(NOTHING_SERVED, stateAt(1))
  await finish()
  take(NOTHING_SERVED, stateAt(1))
  expect(waiting).toEqual([])
})

test('a gap is told, and the whole state closes it', async () => {
  const { told, waiting, take, finish } = following()
  take(NOTHING_SERVED, stateAt(1))
  await finish()
  take(stateAt(3), stateAt(4))
  expect([told, waiting]).toEqual([['serves 1', 'gap'], []])
  take(NOTHING_SERVED, stateAt(4))
  await finish()
  expect(told).toEqual(['serves 1', 'gap', 'serves 4'])
})

test('what cannot be applied is not served, and what comes next is applied', async () => {
  const { told, take, finish } = following()
  take(NOTHING_SERVED, stateAt(1))
  await finish(new Error('no such inspector'))
  take(stateAt(1), stateAt(2))
  await finish()
  expect(told).toEqual(['not 1: no such inspector', 'serves 2'])
})

test('a drain does not wait for what is being applied, and may be hurried', async () => {
  const { told, waiting, take, finish } = following()
  take(NOTHING_SERVED, stateAt(1))
  take(stateAt(1), stateAt(2, { draining: { withinMs: 30_000, spreadMs: 0 } }))
  take(
    stateAt(2, { draining: { withinMs: 30_000, spreadMs: 0 } }),
    stateAt(3, { draining: { withinMs: 0, spreadMs: 0 } }),
  )
  expect(told).toEqual(['drains within 30000', 'logs info', 'drains within 0', 'logs info'])
  await finish()
  expect(waiting).toEqual([])
})

test('while it drains the log is followed, also one that could not be applied before', async () => {
  const { told, waiting, take, finish } = following()
  const draining = { withinMs: 30_000, spreadMs: 0 }
  take(NOTHING_SERVED, stateAt(1))
  take(stateAt(1), stateAt(2, { log: logAt('debug') }))
  take(stateAt(2, { log: logAt('debug') }), stateAt(3, { log: logAt('debug'), draining }))
  take(stateAt(3, { log: logAt('debug'), draining }), stateAt(4, { log: logAt('warn'), draining }))
  await finish()
  expect([told, waiting]).toEqual([['drains within 30000', 'logs debug', 'logs warn', 'serves 1'], []])
})
