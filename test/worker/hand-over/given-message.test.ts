import { expect, test } from 'vitest'
import { nowMs } from '../../../src/clock.ts'
import type { GivenFlow } from '../../../src/engine/hand-over/given-relay.ts'
import type { GivenConnection } from '../../../src/proxy/hand-over/given-connection.ts'
import { decodeConnection, encodeConnection } from '../../../src/worker/hand-over/given-message.ts'
import { decode, encode, type ToGiver, type ToTaker } from '../../../src/worker/hand-over/protocol.ts'

const now = nowMs()

const flow = (given: Partial<GivenFlow> = {}): GivenFlow => ({
  bytes: 7,
  firstByteMs: now - 50,
  lastByteMs: now - 5,
  heldSinceMs: 0,
  endedMs: 0,
  acknowledged: 3,
  isOver: false,
  waiting: undefined,
  ...given,
})

const given: GivenConnection = {
  facts: {
    listener: 'web',
    upstream: 'app',
    server: '127.0.0.1:9000',
    acceptedMs: now - 100,
    dialledMs: now - 90,
    attempts: 2,
    came: { connectionId: 'm-1-a', times: 2, atMs: now, fromWorker: 3, fromPid: 4711, acceptedBy: 1 },
    proxied: { version: 'v2', client: '192.0.2.1:4711', uniqueId: undefined, readMs: now - 99 },
    queue: { beganMs: now - 98, ms: 4, endedMs: now - 94 },
    tried: [
      {
        server: { name: '127.0.0.1:9001' },
        error: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
        beganMs: now - 97,
        ms: 1,
      },
    ],
  },
  relay: {
    client: { descriptor: 10, key: 0x7f00_0001 * 65_536 + 4711, error: undefined },
    upstream: { descriptor: 11, key: '127.0.0.1:9000', error: { errno: -104, syscall: 'read' } },
    toUpstream: flow({ waiting: { kind: 'memory', bytes: Buffer.from('undelivered'), ours: 2 } }),
    toClient: flow({ waiting: { kind: 'pipe', read: 12, write: 13, size: 65_536 }, heldSinceMs: now - 20 }),
    firstFin: 'client',
    resetBy: 'upstream',
  },
}

const received = () => {
  const { bytes, descriptors } = encodeConnection(given)
  const { message, undelivered } = decode<ToTaker>(bytes)
  if (message.kind !== 'connection') throw new Error('it is another message')
  return { message, undelivered, descriptors }
}

test('a connection arrives as it was sent, with all that belongs to it', () => {
  const { message, undelivered, descriptors } = received()
  expect(descriptors).toEqual([10, 11, 12, 13])
  const there = decodeConnection(message, undelivered, descriptors)
  // On one clock it is a matter of rounding: whole milliseconds, and none in the future.
  const { acceptedMs } = there.facts
  expect([0, 1]).toContain(given.facts.acceptedMs - acceptedMs)
  const early = given.facts.acceptedMs - acceptedMs
  expect(there.relay.toClient.heldSinceMs).toBe(given.relay.toClient.heldSinceMs - early)
  expect(there.relay.toClient.endedMs).toBe(0)
  expect(there.facts.tried?.[0]?.error).toMatchObject({ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' })
  expect(there.relay).toMatchObject({ ...given.relay, toUpstream: { waiting: { ours: 2 } }, toClient: { bytes: 7 } })
  const { waiting } = there.relay.toUpstream
  expect(waiting?.kind === 'memory' && Buffer.from(waiting.bytes).toString()).toBe('undelivered')
})

test('a message that lacks a descriptor or bytes is refused', () => {
  const { message, undelivered, descriptors } = received()
  expect(() => decodeConnection(message, undelivered, descriptors.slice(1))).toThrow('a descriptor is missing')
  expect(() => decodeConnection(message, undelivered.subarray(1), descriptors)).toThrow('bytes are missing')
})

test('what is no message of the hand-over is refused', () => {
  const framed = (text: string): Buffer => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(text.length)
    return Buffer.concat([length, Buffer.from(text)])
  }
  const welcome: ToGiver = { kind: 'welcome', version: 1, worker: 2 }
  expect(decode(encode(welcome)).message).toEqual(welcome)
  for (const wrong of ['', 'null', '[]', '{}', '{"kind":']) expect(() => decode(framed(wrong))).toThrow()
})
