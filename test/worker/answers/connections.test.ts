import { expect, test } from 'vitest'
import { Living } from '../../../src/proxy/living.ts'
import { ConnectionRecord, type LivingConnection } from '../../../src/proxy/record.ts'
import { History } from '../../../src/proxy/story/history.ts'
import { Connections } from '../../../src/worker/answers/connections.ts'
import { connectionIds } from '../../../src/worker/reporting/connection-ids.ts'
import { livingConnection } from '../../support/living-connection.ts'

const MANY = 20_000
/** The promise of the contract: a worker's loop is held for less by each slice. */
const LONGEST_SLICE_MS = 5

/** A worker's connections of which none relays: what is measured is the work of describing them. */
const withMany = () => {
  const living = new Living<LivingConnection>()
  for (let sequence = 1; sequence <= MANY; sequence++) {
    const peer = { key: 0x7f00_0001 * 65_536 + (sequence % 60_000), remote: '' } as ConnectionRecord['peer']
    living.add(
      livingConnection({
        record: new ConnectionRecord({ sequence, listener: 'web', upstream: 'app', engine: 'kernel', peer }),
        nextClock: (now) => ({ clock: 'connect', atMs: now + 1_000 }),
      }),
    )
  }
  return new Connections({ workerId: 1, living, history: new History(), ids: connectionIds(1) })
}

test.each([100, 100_000])('20,000 connections are listed in slices that are short, limit %i', async (limit) => {
  const connections = withMany()
  const held: number[] = []
  let returned = 0
  let matching = 0
  let watches = true
  let lastMs = performance.now()
  const watch = (): void => {
    const now = performance.now()
    held.push(now - lastMs)
    lastMs = now
    if (watches) setImmediate(watch)
  }
  setImmediate(watch)
  for await (const parts of connections.list({ sort: 'age', limit })) {
    for (const part of parts) {
      if ('matching' in part) matching = part.matching
      else returned += 1
    }
  }
  watches = false
  expect([matching, returned]).toEqual([MANY, Math.min(limit, MANY)])
  // Others run on these cores, and the first slices are not compiled yet: nearly all of them are short.
  const sorted = held.toSorted((one, other) => one - other)
  expect(sorted[Math.floor(sorted.length * 0.9)]).toBeLessThan(LONGEST_SLICE_MS)
})

test('an ID of another worker, or of one before, names nothing', async () => {
  const connections = withMany()
  const [own, other] = [connectionIds(1).of(7), connectionIds(2).of(7)]
  expect(connections.find(own)?.record.sequence).toBe(7)
  for (const id of [other, `x${own}`, '', 'nonsense']) expect(connections.find(id)).toBeUndefined()
})
