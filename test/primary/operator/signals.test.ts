import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { listenToOperator } from '../../../src/primary/operator/signals.ts'

const asked: string[] = []
let stopListening = () => {}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  asked.length = 0
  stopListening = listenToOperator({
    stop: (how) => asked.push(how),
    hangUp: () => asked.push('hangUp'),
    reopenLogs: () => asked.push('reopen'),
  })
})

afterEach(() => {
  stopListening()
  vi.useRealTimers()
})

test('an interrupt that a launcher passes on once more is one key press', () => {
  process.emit('SIGINT')
  vi.advanceTimersByTime(50)
  process.emit('SIGINT')
  expect(asked).toEqual(['SIGINT'])
  vi.advanceTimersByTime(101)
  process.emit('SIGINT')
  expect(asked).toEqual(['SIGINT', 'SIGINT'])
})

test('every other signal counts', () => {
  process.emit('SIGTERM')
  process.emit('SIGTERM')
  process.emit('SIGHUP')
  process.emit('SIGUSR2')
  expect(asked).toEqual(['SIGTERM', 'SIGTERM', 'hangUp', 'reopen'])
})

test('nothing is heard any more once it stopped listening', () => {
  const before = process.listenerCount('SIGTERM')
  stopListening()
  expect(process.listenerCount('SIGTERM')).toBe(before - 1)
})
