import { describe, expect, test } from 'vitest'
import type { EndRecord, FailedAttempt } from '../../../src/proxy/record.ts'
import { ConnectionFacts } from '../../../src/proxy/story/facts.ts'
import { storyOf } from '../../../src/proxy/story/story.ts'

const NAMES = { client: '192.0.2.1:4711', peer: '192.0.2.1:4711', worker: 2 }
const BEGAN_MS = 1_000
const NOW_MS = 9_000

const facts = (given: Partial<ConnectionFacts>): ConnectionFacts =>
  Object.assign(new ConnectionFacts(), { listener: 'web', upstream: 'app', acceptedMs: BEGAN_MS }, given)

const flow = (given: object) => Object.assign(new ConnectionFacts().toClient, given)

const end = (given: Partial<EndRecord>): EndRecord => ({
  outcome: 'completed',
  endedBy: 'client',
  endedMs: BEGAN_MS + 100,
  clientTcp: undefined,
  serverTcp: undefined,
  ...given,
})

const failed = (name: string, beganMs: number, ms: number): FailedAttempt =>
  ({ server: { name }, error: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), beganMs, ms }) as FailedAttempt

/** Each event as one line. */
const told = (given: Partial<ConnectionFacts>): string[] =>
  storyOf(facts(given), NAMES, NOW_MS).map(({ atMs, what, text }) => `${atMs} ${what}: ${text}`)

test('a whole conversation is told in order', () => {
  const story = told({
    phase: 'relay',
    server: '127.0.0.1:9000',
    attempts: 1,
    dialledMs: BEGAN_MS + 3,
    toUpstream: flow({ bytes: 10, firstByteMs: BEGAN_MS + 4, endedMs: BEGAN_MS + 50 }),
    toClient: flow({ bytes: 1, firstByteMs: BEGAN_MS + 5, endedMs: BEGAN_MS + 99 }),
    end: end({}),
  })
  expect(story).toEqual([
    '0 accepted: 192.0.2.1:4711 connected to listener web; worker 2, kernel engine',
    '0 admitted: 192.0.2.1:4711 is admitted, for upstream app',
    '0 dialling: dialling 127.0.0.1:9000, attempt 1',
    '3 dialled: connected to 127.0.0.1:9000 after 3 ms',
    '4 firstByteToUpstream: the first byte was delivered to the server',
    '5 firstByteToClient: the first byte was delivered to the client',
    '50 clientFin: the client’s FIN was passed on, after 10 bytes',
    '99 upstreamFin: the server’s FIN was passed on, after 1 byte',
    expect.stringMatching(
      /^100 ended: completed: .*The client sent its FIN first; both sides got a FIN\. Delivered: 10 bytes to the server, 1 byte to the client\.$/,
    ),
  ])
})

describe('before a relay', () => {
  test('a client that is not admitted is not said to be', () => {
    const story = told({ phase: 'admit', end: end({ outcome: 'denied', endedBy: 'proxy' }) })
    expect(story).toHaveLength(2)
    expect(story[1]).toMatch(/^100 ended: denied: .*The proxy ended it; the client got a RST\.$/)
  })

  test('a PROXY header names the client once it has been read', () => {
    const proxied = { version: 'v2', client: '198.51.100.7:80', uniqueId: undefined, readMs: BEGAN_MS + 7 } as const
    const [, admitted] = storyOf(facts({ phase: 'dial', proxied }), { ...NAMES, client: '198.51.100.7:80' }, NOW_MS)
    expect(admitted).toEqual({
      atMs: 7,
      what: 'admitted',
      text: 'its PROXY v2 header names 198.51.100.7:80; 198.51.100.7:80 is admitted, for upstream app',
    })
    expect(told({ phase: 'preread' })).toHaveLength(1)
  })

  test('the wait in the queue and each attempt are told, those under way too', () => {
    const queue = { beganMs: BEGAN_MS, ms: 1_500, endedMs: BEGAN_MS + 1_500 }
    const tried = [failed('a:1', BEGAN_MS + 1_500, 2)]
    expect(told({ phase: 'dial', queue, tried, attempts: 2, server: 'b:1' }).slice(2)).toEqual([
      '0 queued: every server was full: it waited 1.5 s in the queue',
      '1500 dialling: dialling a:1, attempt 1',
      '1502 dialFailed: a:1 failed after 2 ms: ECONNREFUSED',
      '1502 dialling: dialling b:1, attempt 2',
    ])
    expect(told({ phase: 'queue', queue: { beganMs: BEGAN_MS, ms: 0, endedMs: 0 } }).at(-1)).toBe(
      '0 queued: every server was full: it has waited 8.0 s in the queue',
    )
  })

  test('a wait after a server has failed is for the others, and the next attempt begins when it ends', () => {
    const tried = [failed('a:1', BEGAN_MS + 5, 2), failed('b:1', BEGAN_MS + 1_000, 500)]
    const queue = { beganMs: BEGAN_MS + 10, ms: 2_000, endedMs: BEGAN_MS + 2_510 }
    expect(told({ phase: 'dial', queue, tried, attempts: 3, server: 'c:1' }).slice(4)).toEqual([
      '10 queued: every other server was full: it waited 2.0 s in the queue',
      '1000 dialling: dialling b:1, attempt 2',
      '1500 dialFailed: b:1 failed after 500 ms: ECONNREFUSED',
      '2510 dialling: dialling c:1, attempt 3',
    ])
  })
})

describe('the end', () => {
  test('has the error, what was sent to whom, and what was pending and since when', () => {
    const pending = {
      toUpstream: { bytes: 0, heldSinceMs: 0 },
      toClient: { bytes: 65_536, heldSinceMs: BEGAN_MS + 40 },
    }
    const story = told({
      phase: 'relay',
      attempts: 1,
      server: 's:1',
      dialledMs: BEGAN_MS + 1,
      end: end({ outcome: 'stallTimeout', endedBy: 'proxy', pending }),
    })
    expect(story.at(-2)).toBe('40 held: bytes for the client last began to wait: it did not take them')
    expect(story.at(-1)).toMatch(
      /both sides got a RST\. Delivered: .*\. Not acknowledged, of these and of bytes that were still held: 0 bytes by the server, 65,536 bytes by the client\.$/,
    )
  })

  test('by a clock says which side had reset before, and whom that waits for', () => {
    const pending = { toUpstream: { bytes: 9, heldSinceMs: BEGAN_MS + 40 }, toClient: { bytes: 0, heldSinceMs: 0 } }
    const ended = end({ outcome: 'stallTimeout', endedBy: 'proxy', pending })
    const story = told({ phase: 'relay', dialledMs: BEGAN_MS + 1, resetBy: 'client', end: ended })
    expect(story.at(-2)).toContain('the client has reset since, which the server is told once it has taken them')
    expect(story.at(-1)).toContain('The client had reset before; that was yet to be passed on.')
    const own = end({ outcome: 'clientReset', endedBy: 'client' })
    expect(told({ phase: 'relay', dialledMs: BEGAN_MS + 1, resetBy: 'client', end: own }).at(-1)).not.toContain(
      'before',
    )
  })

  test('by hand may be a FIN', () => {
    const story = told({
      phase: 'relay',
      dialledMs: BEGAN_MS + 1,
      end: end({ outcome: 'killed', endedBy: 'proxy', withFin: true }),
    })
    expect(story.at(-1)).toContain('both sides got a FIN')
  })

  test('has the verdict of the inspector that blocked it', () => {
    const inspected = { inspectors: ['block@1f2e3d4c'], verdict: 'block: a secret' }
    const ended = end({ outcome: 'blocked', endedBy: 'proxy' })
    const story = told({ phase: 'relay', dialledMs: BEGAN_MS + 1, inspected, end: ended })
    expect(story.at(-1)).toContain('blocked: An inspector blocked it: block: a secret. The proxy ended it; both')
    const failure = end({ outcome: 'inspectionFailed', endedBy: 'proxy', error: new Error('block: too slow') })
    expect(told({ phase: 'relay', dialledMs: BEGAN_MS + 1, end: failure }).at(-1)).toContain(
      'its `onFailure` is `close`. The error: block: too slow. The proxy',
    )
  })

  test('by a server that refused is a reset for the client', () => {
    const ended = end({ outcome: 'dialRefused', endedBy: 'upstream' })
    expect(told({ phase: 'dial', end: ended }).at(-1)).toMatch(/The server ended it; the client got a RST\.$/)
    expect(told({ phase: 'dial', end: end({ outcome: 'clientGone' }) }).at(-1)).toMatch(/The client ended it\.$/)
  })

  test('by a side is a reset for the other', () => {
    const error = Object.assign(new Error('read'), { code: 'ECONNRESET' })
    const ended = end({ outcome: 'upstreamReset', endedBy: 'upstream', error })
    const story = told({ phase: 'relay', dialledMs: BEGAN_MS + 1, end: ended })
    expect(story.at(-1)).toContain('The error: ECONNRESET. The server ended it; the other side got a RST.')
  })
})
