import { expect, test } from 'vitest'
import { factsOf } from '../../../src/dashboard/model/connection-facts.ts'
import type { ConnectionList } from '../../../src/dashboard/model/connections.ts'
import { type ConnectionStory, LIMITS, queryPath, SORTS } from '../../../src/dashboard/model/connections.ts'
import type { Stats as SeenStats } from '../../../src/dashboard/model/stats.ts'
import { connectionPath } from '../../../src/dashboard/text/paths.ts'
import { SORTS as SORTS_OF_ADMIN } from '../../../src/ipc/connection-parts.ts'
import type { ConnectionAnswer, ConnectionsAnswer } from '../../../src/primary/admin/connections/connections.ts'
import type { Stats } from '../../../src/primary/admin/stats-answer.ts'

test('what the admin answers has what the page reads: this would not compile otherwise', () => {
  const read = {
    stats: (answer: Stats): SeenStats => answer,
    list: (answer: ConnectionsAnswer): ConnectionList => answer,
    story: (answer: ConnectionAnswer): ConnectionStory => answer,
  }
  expect(Object.keys(read)).toHaveLength(3)
  expect(SORTS).toEqual(SORTS_OF_ADMIN)
})

test('only filters that are set are asked for', () => {
  const query = { listener: '', server: '', client: ' ', sort: SORTS[0], limit: LIMITS[0] }
  expect(queryPath(query)).toBe('/connections?sort=age&limit=25')
  expect(queryPath({ ...query, server: 'unix:/a b&c=d', client: ' 10.0.0.0/8 ' })).toBe(
    '/connections?server=unix%3A%2Fa+b%26c%3Dd&client=10.0.0.0%2F8&sort=age&limit=25',
  )
})

test('an ID cannot lead to another path', () => {
  expect(connectionPath('../log/level?x')).toBe('/connections/..%2Flog%2Flevel%3Fx')
})

const COMMON = {
  connectionId: 'x-1-1',
  listener: 'web',
  worker: 2,
  phase: 'relay',
  client: '10.0.0.1:5',
  upstream: 'app',
  engine: 'kernel',
  ageMs: 61_000,
  bytesToUpstream: 1_500,
  bytesToClient: 0,
  heldMs: 0,
  pendingToUpstream: 0,
  pendingToClient: 0,
  tcp: {},
  story: [],
}

test('a living connection shows what would end it', () => {
  const facts = factsOf({
    ...COMMON,
    living: true,
    idleMs: 1_000,
    bytesPerSecondToUpstream: 20,
    bytesPerSecondToClient: 0,
    nextClock: { clock: 'idle', inMs: 599_000 },
    peer: '10.9.9.9:1',
    tcp: { client: { rttUs: 1_250, retransmits: 3 } },
  })
  expect(Object.fromEntries(facts.map(({ name, value }) => [name, value]))).toEqual({
    State: 'living, in phase relay',
    Age: '1m 1s',
    Idle: '1s',
    'Would end': 'by idle, in 9m 59s',
    Client: '10.0.0.1:5, through 10.9.9.9:1',
    Server: 'none yet, of app',
    Listener: 'web',
    Worker: '2, kernel engine',
    'To server': '1.5 kB, 20 B/s',
    'To client': '0 B, 0 B/s',
    'TCP to client': 'round trip 1.3 ms, 3 retransmitted',
  })
})

test('an ended one shows how it ended', () => {
  const facts = factsOf({
    ...COMMON,
    living: false,
    outcome: 'stallTimeout',
    endedBy: 'proxy',
    durationMs: 2_000,
    server: 'b:1',
    pendingToClient: 40_000,
  })
  expect(facts.slice(0, 4)).toEqual([
    { name: 'State', value: 'ended: stallTimeout' },
    { name: 'Ended by', value: 'the proxy' },
    { name: 'Phase', value: 'relay' },
    { name: 'Lived', value: '2s' },
  ])
  expect(facts.at(-1)).toEqual({ name: 'To client', value: '0 B, 40 kB not acknowledged' })
})
