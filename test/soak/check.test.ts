import { describe, expect, test } from 'vitest'
import { checkConnection, checkLost } from '../../bench/soak/check/check-connection.ts'
import { checkServerStats, checkStats, checkStatsAfterKills, LineSums } from '../../bench/soak/check/check-stats.ts'
import { Counters } from '../../bench/soak/check/counters.ts'
import type { ConnectionFacts, Line, SideFacts } from '../../bench/soak/check/facts.ts'
import { Join } from '../../bench/soak/check/join.ts'
import { Strangers } from '../../bench/soak/check/strangers.ts'
import { roadsWithout } from '../../bench/soak/plan/road.ts'

const side = (facts: Partial<SideFacts> = {}): SideFacts => ({
  isUnix: false,
  sent: 100,
  received: 100,
  wrongAt: undefined,
  arrival: 'fin',
  finished: true,
  reset: false,
  acknowledged: 0,
  ...facts,
})

const line = (fields: Partial<Line> = {}): Line => ({
  listener: 'web',
  upstream: 'app',
  client: '127.0.0.1:4711',
  engine: 'kernel',
  outcome: 'completed',
  endedBy: 'client',
  phase: 'relay',
  worker: 1,
  connectionId: 'mwx7vhha-1-62',
  bytesToUpstream: 100,
  bytesToClient: 100,
  ...fields,
})

const completed = (facts: Partial<ConnectionFacts> = {}): ConnectionFacts => ({
  client: side(),
  server: side(),
  line: line(),
  ...facts,
})

/** The client reset after 60 of its bytes had been given to the proxy. */
const clientReset = (facts: Partial<ConnectionFacts> = {}): ConnectionFacts => ({
  client: side({ arrival: 'closed', finished: false, reset: true, received: 40, acknowledged: 60 }),
  server: side({ arrival: 'reset', finished: false, received: 60 }),
  line: line({ outcome: 'clientReset', bytesToUpstream: 60, bytesToClient: 90 }),
  ...facts,
})

describe('nothing is wrong with', () => {
  test('a connection that was completed', () => expect(checkConnection(completed())).toEqual([]))
  test('a client that reset', () => expect(checkConnection(clientReset())).toEqual([]))

  test('a reset of which the other side heard after its FIN', () => {
    const server = side({ finished: true })
    const client = side({ arrival: 'closed', reset: true })
    expect(checkConnection({ client, server, line: line({ outcome: 'clientReset' }) })).toEqual([])
    expect(checkConnection({ client, server, line: line() })).toEqual([])
  })

  test('a reset on a unix socket that is seen as a close', () => {
    const client = side({ isUnix: true, arrival: 'closed', finished: false, reset: true, received: 0 })
    const server = side({ received: 60 })
    const logged = line({ outcome: 'clientReset', bytesToUpstream: 60, bytesToClient: 0 })
    expect(checkConnection({ client, server, line: logged })).toEqual([])
  })
})

describe('it is seen that', () => {
  const cases: [string, ConnectionFacts, string][] = [
    ['a byte is lost', completed({ server: side({ received: 99 }) }), 'the server got a FIN after 99 of 100 bytes'],
    ['a byte came twice', completed({ client: side({ received: 101 }) }), 'the client got 101 bytes of 100'],
    ['a byte is wrong', completed({ client: side({ wrongAt: 5 }) }), 'the client got a wrong byte at offset 5'],
    [
      'a FIN came in the place of a RST',
      clientReset({ server: side({ finished: true, received: 60 }) }),
      'the server got a FIN that nobody sent',
    ],
    [
      'a RST came in the place of a FIN',
      completed({ client: side({ arrival: 'reset' }) }),
      'the client was reset, and nobody reset',
    ],
    [
      'bytes that the proxy had are not delivered before a RST',
      clientReset({ server: side({ arrival: 'reset', finished: false, received: 50 }) }),
      'the server got 50 bytes before its RST, and the proxy had 60 for it',
    ],
    ['an end does not come', completed({ client: side({ arrival: 'open' }) }), 'the client has met no end'],
    ['there is no line', completed({ line: undefined }), 'there is no log line'],
    [
      'the outcome is another one',
      completed({ line: line({ outcome: 'idleTimeout' }) }),
      'the outcome is idleTimeout, not completed',
    ],
    [
      'a reset is called completed',
      clientReset({ line: line({ bytesToUpstream: 60, bytesToClient: 90 }) }),
      'the outcome is completed, not clientReset',
    ],
    [
      'the line names the wrong one',
      clientReset({ line: line({ outcome: 'clientReset', endedBy: 'upstream', bytesToUpstream: 60 }) }),
      'clientReset is said to be ended by upstream',
    ],
    [
      'the line counts another number of bytes',
      completed({ line: line({ bytesToClient: 99 }) }),
      'bytesToClient is 99, and 100 arrived',
    ],
    [
      'the line counts more than was sent',
      clientReset({ line: line({ outcome: 'clientReset', bytesToUpstream: 60, bytesToClient: 101 }) }),
      'bytesToClient is 101, more than the 100 that were sent',
    ],
    [
      'the line names no client',
      completed({ line: line({ client: 'unknown' }) }),
      'the log line does not name its client',
    ],
    [
      'a server’s bytes before its reset do not all arrive',
      {
        client: side({ sent: 0, received: 10, arrival: 'reset' }),
        server: undefined,
        strangerSends: 3000,
        line: line({ outcome: 'upstreamReset', endedBy: 'upstream', bytesToUpstream: 0, bytesToClient: 10 }),
      },
      'the client got 10 of the 3000 bytes',
    ],
  ]
  test.each(cases)('%s', (_, facts, fault) => {
    expect(checkConnection(facts).join('; ')).toContain(fault)
  })
})

describe('what a killed worker takes with it', () => {
  test('may be cut, and may not be wrong', () => {
    expect(checkLost(clientReset({ line: undefined, server: side({ received: 3 }) }), false)).toEqual([])
    expect(checkLost(completed({ line: undefined, server: side({ wrongAt: 3 }) }), false)).toHaveLength(1)
    expect(checkLost(completed({ line: undefined, server: side({ received: 101 }) }), false)).toHaveLength(1)
  })

  test('may not end with a FIN if connections moved', () => {
    const cut = side({ received: 3, finished: false, arrival: 'reset' })
    expect(checkLost({ client: cut, server: { ...cut, arrival: 'cutByWrite' }, line: undefined }, true)).toEqual([])
    const falseEnd = { client: cut, server: { ...cut, arrival: 'fin' as const }, line: undefined }
    expect(checkLost(falseEnd, true).join()).toContain('the server got a FIN from a worker that was killed')
    expect(checkLost(falseEnd, false)).toEqual([])
    expect(checkLost(completed({ line: undefined }), true)).toEqual([])
  })
})

test('a line says that its connection has moved if another worker accepted it', () => {
  const faultsOf = (fields: Partial<Line>): string => checkConnection(completed({ line: line(fields) })).join()
  expect(faultsOf({ worker: 3, handedOver: 2 })).toBe('')
  expect(faultsOf({ worker: 3 })).toContain('worker 3 logs it, worker 1 accepted it')
  expect(faultsOf({ handedOver: 1 })).toContain('it was handed over, and worker 1 accepted it')
})

test('clients that say nothing are counted at their servers', () => {
  const strangers = new Strangers()
  const [road] = roadsWithout(new Set())
  if (road === undefined) throw new Error('there is no road')
  const silent = { client: side({ sent: 0 }), server: undefined, line: line({ bytesToUpstream: 0 }) }
  for (const count of [1, 2]) {
    strangers.ended(road, silent)
    strangers.seen(road)
    expect(strangers.check(), `${count}`).toEqual([])
  }
  strangers.seen(road)
  expect(strangers.check()).toHaveLength(1)
  strangers.ended(road, silent)
  strangers.ended(road, silent)
  expect(strangers.check()).toHaveLength(1)
})

describe('/stats', () => {
  const sums = new LineSums()
  for (const outcome of ['completed', 'completed', 'clientReset']) sums.add(line({ outcome }))
  const counts = {
    connectionsAccepted: 3,
    connectionsActive: 0,
    bytesToUpstream: 300,
    bytesToClient: 300,
    outcomes: { completed: 2, clientReset: 1 },
  }

  test('that is what the log says is right, and each number that is not is seen', () => {
    expect(checkStats('web', counts, sums)).toEqual([])
    for (const wrong of [
      { connectionsAccepted: 4 },
      { connectionsActive: 1 },
      { bytesToUpstream: 299 },
      { bytesToClient: 301 },
      { outcomes: { completed: 3 } },
    ]) {
      expect(checkStats('web', { ...counts, ...wrong }, sums), JSON.stringify(wrong)).not.toEqual([])
    }
  })

  test('of a server is right where it counts what was relayed, and each number that is not is seen', () => {
    const server = { connectionsActive: 0, connectionsTotal: 3, bytesToUpstream: 300, bytesToClient: 300 }
    expect(checkServerStats('app', server, sums)).toEqual([])
    for (const wrong of [
      { connectionsActive: 1 },
      { connectionsTotal: 2 },
      { bytesToUpstream: 1 },
      { bytesToClient: 1 },
    ]) {
      expect(checkServerStats('app', { ...server, ...wrong }, sums), JSON.stringify(wrong)).toHaveLength(1)
    }
  })

  test('after a kill may have fewer than were opened, and not more', () => {
    expect(checkStatsAfterKills('web', counts, 5, 0)).toEqual([])
    expect(checkStatsAfterKills('web', counts, 2, 0)).toHaveLength(1)
    expect(checkStatsAfterKills('web', { ...counts, connectionsAccepted: 4 }, 5, 0)).toHaveLength(1)
    expect(checkStatsAfterKills('web', { ...counts, connectionsAccepted: 4 }, 5, 1)).toEqual([])
  })
})

test('a counter that falls is seen, and a connection that has neither ended nor lives', () => {
  const web = { connectionsAccepted: 3, connectionsActive: 1, bytesToUpstream: 5, bytesToClient: 5 }
  const stats = {
    logLinesLost: 0,
    reloads: { applied: 1 },
    listeners: { web: { ...web, outcomes: { completed: 2 } } },
    upstreams: { app: { servers: { a: { ...web, connectionsTotal: 3 } } } },
  }
  const counters = new Counters()
  expect(counters.look(stats, true)).toEqual([])
  expect(counters.look({ ...stats, listeners: {}, upstreams: {} }, true)).toEqual([])
  expect(counters.look({ ...stats, reloads: { applied: 0 } }, true)).toHaveLength(1)
  const fallenOutcomes = { ...stats, listeners: { web: { ...web, outcomes: { completed: 1 } } } }
  expect(counters.look(fallenOutcomes, true)).toEqual([
    '/stats of web: 3 were accepted, 1 live and 1 have ended',
    '/stats: completed of web outcomes fell from 2 to 1',
  ])
  expect(counters.look(fallenOutcomes, false)).toEqual([])
  const fallen = { app: { servers: { a: { ...web, connectionsTotal: 2 } } } }
  expect(counters.look({ ...stats, upstreams: fallen }, true)).toHaveLength(1)
})

describe('lines are joined', () => {
  test('by listener and client, whichever comes first, the earlier one to the earlier connection', async () => {
    const join = new Join()
    const [first, second] = [join.expect('web', 'a:1'), join.expect('web', 'a:1')]
    join.add(line({ listener: 'other', client: 'a:1' }))
    join.add(line({ client: 'a:1', bytesToClient: 1 }))
    join.add(line({ client: 'a:1', bytesToClient: 2 }))
    expect([(await first.line)?.bytesToClient, (await second.line)?.bytesToClient]).toEqual([1, 2])
    expect(join.rest()).toMatchObject([{ listener: 'other' }])
    expect(await join.expect('other', 'a:1').line).toMatchObject({ listener: 'other' })
    expect(join.rest()).toEqual([])
  })

  test('not at all when none has come until the wait is given up, or with one that names nobody', async () => {
    const join = new Join()
    const [first, second] = [join.expect('web', 'a:1'), join.expect('web', 'a:2')]
    join.add(line({ client: 'unknown' }))
    first.giveUp()
    second.giveUp()
    expect(await first.line).toMatchObject({ client: 'unknown' })
    expect(await second.line).toBeUndefined()
  })
})
