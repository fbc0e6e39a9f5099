import { expect, test } from 'vitest'
import { configFromObject } from '../../../../src/config/load.ts'
import { findInspectors } from '../../../../src/inspection/host/sets/find-inspectors.ts'
import { InspectorSets } from '../../../../src/inspection/host/sets/inspector-sets.ts'
import type { ThreadUser } from '../../../../src/inspection/host/thread-queue.ts'
import { ThreadCounts } from '../../../../src/inspection/host/threads/thread-counts.ts'
import { ThreadSlot } from '../../../../src/inspection/host/threads/thread-slot.ts'
import { within } from '../../../support/until.ts'
import { inspector } from '../../support.ts'

const info = { id: '1', listener: 'web', client: 'unix:', upstream: 'app', server: 'unix:' }
const summary = {
  outcome: 'completed',
  endedBy: 'client',
  durationMs: 0,
  bytesToUpstream: 1,
  bytesToClient: 0,
} as const

test('a set is unloaded once what is queued is done, and not before a connection that begins with it is heard', async () => {
  const { listeners } = configFromObject({
    listeners: [{ name: 'web', listen: ':0', upstream: 'app', inspect: [inspector('scripted')] }],
    upstreams: [{ name: 'app', servers: ['127.0.0.1:1'] }],
  })
  const sets = new InspectorSets()
  const set = { ...sets.next(await findInspectors(listeners)), plans: new Map() }
  const { setNumber } = set
  sets.current = set
  const ended: string[] = []
  const settings = { memoryBytes: 2 ** 26, counts: new ThreadCounts(), sets }
  const slot = new ThreadSlot(settings, { onEnd: (reason) => ended.push(reason), onStuck: () => {} })
  try {
    await slot.start()
    const answers: unknown[] = []
    const open = (connection: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const user: ThreadUser = {
          timeoutMs: () => 10_000,
          answered: (_, answer) => resolve(void answers.push(answer)),
          threadEnded: (reason) => reject(new Error(reason)),
        }
        slot.add(user, set)
        slot.queue.add({ kind: 'notice', notice: { kind: 'open', connection, setNumber, info }, user })
        slot.queue.add({ kind: 'chunk', connection, direction: 'toUpstream', bytes: Buffer.from('x'), user })
        slot.queue.add({ kind: 'notice', notice: { kind: 'close', connection, summary }, user })
      })
    const first = open(1)
    slot.unload(setNumber)
    await within('the answer', first)
    expect(answers).toEqual([0])
    // By now it is gone.
    await expect(within('an answer', open(2))).rejects.toThrow(/inspectors that were not loaded/)
    expect(ended.length).toBe(1)
  } finally {
    slot.close()
  }
})
