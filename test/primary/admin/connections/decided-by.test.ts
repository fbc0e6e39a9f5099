import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../../src/config/load.ts'
import type { EndedDetail } from '../../../../src/ipc/connection-parts.ts'
import { decisionOn } from '../../../../src/primary/admin/connections/decided-by.ts'
import { OUTCOMES, type Outcome } from '../../../../src/proxy/outcome.ts'

const config = (listener: object = {}, upstream: object = {}) =>
  parseConfig(
    JSON.stringify({
      listeners: [
        { name: 'other', listen: ':1', upstream: 'app' },
        { name: 'web', listen: ':2', upstream: 'app', ...listener },
      ],
      upstreams: [{ name: 'app', servers: ['127.0.0.1:9'], ...upstream }],
    }),
    'c.json',
  )

const decidedBy = (outcome: Outcome, given: Partial<EndedDetail> = {}, of = config()): string | undefined =>
  decisionOn({ outcome, listener: 'web', upstream: 'app', client: '192.0.2.1:4711', ...given } as EndedDetail, of)
    ?.decidedBy

test('each outcome that a key decides names it, and the others none', () => {
  const decided = (Object.keys(OUTCOMES) as Outcome[]).flatMap((outcome) => {
    const path = decidedBy(outcome)
    return path === undefined ? [] : [[outcome, path]]
  })
  expect(Object.fromEntries(decided)).toEqual({
    idleTimeout: 'listeners[1].timeouts.idle',
    stallTimeout: 'listeners[1].timeouts.stall',
    halfCloseTimeout: 'listeners[1].timeouts.halfClose',
    maxAge: 'listeners[1].timeouts.maxAge',
    prereadTimeout: 'listeners[1].timeouts.preread',
    dialTimeout: 'listeners[1].timeouts.connect',
    queueTimeout: 'upstreams[0].queue.timeout',
    denied: 'listeners[1].denyFile',
    overLimit: 'upstreams[0].servers',
    badProxyHeader: 'listeners[1].acceptProxyProtocol',
    blocked: 'listeners[1].inspect',
    inspectionFailed: 'listeners[1].inspect',
    serverDown: 'upstreams[0].onServerDown',
    drained: 'drainTimeout',
  })
})

test('the advice is a sentence about that key, with its value where it is a duration or a number', () => {
  const ended = { outcome: 'idleTimeout', listener: 'web', upstream: 'app' } as EndedDetail
  expect(decisionOn({ ...ended, outcome: 'serverDown' }, config())?.advice).toBe(
    'If that was not wanted, set upstreams[0].onServerDown to keep.',
  )
  expect(decisionOn({ ...ended, outcome: 'drained' }, config())?.advice).toMatch(/raise drainTimeout, which is 30s\.$/)
  expect(
    decisionOn({ ...ended, outcome: 'overLimit', limit: 'maxConnections' }, config({ maxConnections: 7 }))?.advice,
  ).toMatch(/raise listeners\[1\]\.maxConnections, which is 7\.$/)
  expect(decisionOn(ended, config())?.advice).toBe(
    'If that was not wanted, have one side send something more often, or raise listeners[1].timeouts.idle, which is 10m.',
  )
})

describe('a client that is not admitted is', () => {
  const both = { allow: ['192.0.2.0/24', '2001:db8::/32'], deny: ['192.0.2.0/28', '2001:db8:1::/48'] }

  test.each([
    ['in a list of denied networks', '192.0.2.1:4711', 'listeners[1].deny'],
    ['the same over IPv6', '[2001:db8:1::1]:4711', 'listeners[1].deny'],
    ['the same, mapped', '[::ffff:192.0.2.1]:4711', 'listeners[1].deny'],
    ['in no list of admitted networks', '198.51.100.1:4711', 'listeners[1].allow'],
    ['without an address', 'unix:/run/client.sock', 'listeners[1].allow'],
  ])('%s', (_, client, path) => expect(decidedBy('denied', { client }, config(both))).toBe(path))
})

test('a limit is that of the listener, or what the upstream has for those who must wait', () => {
  expect(decidedBy('overLimit', { limit: 'connectionRate' })).toBe('listeners[1].connectionRate')
  const queue = { servers: [{ address: '127.0.0.1:9', maxConnections: 1 }], queue: { length: 2 } }
  expect(decidedBy('overLimit', {}, config({}, queue))).toBe('upstreams[0].queue.length')
})
