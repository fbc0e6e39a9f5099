import { expect, test } from 'vitest'
import { Batch, MOST_REQUESTS } from '../../../src/inspection/shared/batch.ts'
import type { Notice, Request } from '../../../src/inspection/shared/messages.ts'

const chunk = (length: number, connection = 1): Request => ({
  kind: 'chunk',
  connection,
  direction: 'toClient',
  bytes: new Uint8Array(length).fill(connection),
})
const unload: Notice = { kind: 'unload', setNumber: 1 }

/** What a thread reads of a batch. */
const read = (batch: Batch) =>
  Array.from({ length: batch.length }, (_, index) => {
    const kind = batch.kindAt(index)
    if (kind === 'notice') return { kind }
    const request = { kind, connection: batch.connectionAt(index), direction: batch.directionAt(index) }
    return kind === 'end' ? request : { ...request, bytes: batch.bytesAt(index) }
  })

test('a thread reads what was packed, in order, whatever the memory held before', () => {
  const batch = new Batch()
  const thread = new Batch(batch.memory)
  batch.pack(Array.from({ length: MOST_REQUESTS }, () => chunk(9, 7)))
  // Connections are counted beyond 32 bits.
  const last = { kind: 'end', connection: 2 ** 40, direction: 'toUpstream' } as const
  const requests: Request[] = [chunk(3, 1), { kind: 'notice', notice: unload }, chunk(0, 2), chunk(2, 3), last]
  expect(batch.pack(requests)).toBe(5)
  expect(batch.notices).toEqual([unload])
  const expected = requests.map((request) => (request.kind === 'notice' ? { kind: 'notice' } : request))
  expect(read(thread)).toEqual(expected)
})

test('a batch takes as many requests as fit, and their bytes', () => {
  const batch = new Batch()
  expect(batch.pack(Array.from({ length: MOST_REQUESTS + 1 }, () => chunk(1)))).toBe(MOST_REQUESTS)
  expect(batch.length).toBe(MOST_REQUESTS)
  const full = Array.from({ length: 16 }, () => chunk(65_536))
  expect(batch.pack([...full, chunk(1)])).toBe(16)
  expect(batch.pack([...full, { kind: 'notice', notice: unload }, chunk(0), chunk(1)])).toBe(18)
  expect(batch.bytesAt(15).length).toBe(65_536)
})
