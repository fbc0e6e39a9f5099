import { expect, test } from 'vitest'
import { storyScreen } from '../../../../src/commands/admin/screen/story-screen.ts'
import type { ConnectionAnswer } from '../../../../src/primary/admin/connections/connections.ts'

test('times are in milliseconds, then in seconds, and from a minute on in two units', () => {
  const story = [9_999, 59_900, 297_700].map((atMs) => ({ atMs, what: 'held' as const, text: 'it waits' }))
  const answer = { living: true, connectionId: 'a-1-1', phase: 'relay', client: 'c', tcp: {}, story }
  const nextClock = { clock: 'idle', inMs: 297_700 }
  const shown = storyScreen({ ...answer, nextClock } as unknown as ConnectionAnswer, { colours: false, width: 80 })
  expect(shown).toContain('  idle would end it in 4m 57s\n')
  expect(shown.split('\n').slice(-4, -1)).toEqual(['  9999 ms  it waits', '   59.9 s  it waits', '   4m 57s  it waits'])
})
