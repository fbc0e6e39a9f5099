import { expect, test } from 'vitest'
import { ReplacementPause } from '../../../../src/inspection/host/threads/replacement-pause.ts'

const pauses = (pause: ReplacementPause, times: number): number[] =>
  Array.from({ length: times }, () => {
    pause.begin()
    return pause.end()
  })

test('threads that end without an answer are replaced ever later, five seconds at most', () => {
  expect(pauses(new ReplacementPause(), 9)).toEqual([0, 100, 200, 400, 800, 1600, 3200, 5000, 5000])
})

test('one that has answered is replaced at once', () => {
  const pause = new ReplacementPause()
  pauses(pause, 5)
  pause.begin()
  pause.wasOfUse()
  expect(pause.end()).toBe(0)
})
