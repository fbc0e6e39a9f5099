import { expect, it, test } from 'vitest'
import { configFromObject } from '../../../src/config/load.ts'
import { inEffect } from '../../../src/primary/reload/effects.ts'
import { reloadPlan } from '../../../src/primary/reload/plan.ts'
import { removedParts } from '../../../src/primary/reload/removals.ts'
import { stateOf } from '../../../src/serving/of-config.ts'
import { Totals } from '../../../src/stats/totals.ts'

const web = { name: 'web', listen: '127.0.0.1:8080', upstream: 'app' }
const app = { name: 'app', servers: ['127.0.0.1:1', 'db.example:5432'] }
const config = (keys: object = {}) => configFromObject({ listeners: [web], upstreams: [app], ...keys })

const totals = new Totals()
totals.counts('listener', 'web').connectionsActive = 7
totals.counts('server', 'app', '127.0.0.1:1').connectionsActive = 2
totals.counts('server', 'app', 'db.example:5432@10.0.0.1').connectionsActive = 1
totals.counts('server', 'app', 'db.example:5432@10.0.0.2').connectionsActive = 3
totals.counts('server', 'other', '127.0.0.1:1').connectionsActive = 50

it.each([
  [
    { listeners: [{ ...web, timeouts: { idle: '1m' } }] },
    'listeners[0].timeouts.idle',
    'web',
    7,
    'at once, for living',
  ],
  [{ listeners: [{ ...web, deny: ['::/0'] }] }, 'listeners[0].deny', 'web', 7, 'new clients only'],
  [{ listeners: [{ ...web, listen: ':1' }] }, 'listeners[0].listen', 'web', 7, 'accepts clients on these addresses'],
  [{ listeners: [{ ...web, name: 'b', listen: ':1' }, web] }, 'listeners[0]', 'b', 0, 'accepts clients from now on'],
  [{ upstreams: [{ ...app, balance: 'random2' }] }, 'upstreams[0].balance', 'app', 6, 'shared out anew'],
  [
    { upstreams: [{ ...app, servers: ['db.example:5432'] }] },
    'upstreams[0].servers[0]',
    'app 127.0.0.1:1',
    2,
    'drainTimeout',
  ],
  [
    { upstreams: [{ ...app, servers: ['127.0.0.1:1'] }] },
    'upstreams[0].servers[1]',
    'app db.example:5432',
    4,
    'drainTimeout',
  ],
  [{ drainTimeout: '1s' }, 'drainTimeout', undefined, 0, 'next drain'],
  [{ log: { level: 'debug' } }, 'log.level', undefined, 0, 'at once'],
])(
  '%j: its path, what it is of, how many connections it is about, and what comes of it',
  (keys, path, of, connections, effect) => {
    const { changes, needsRestart } = reloadPlan(config(), config(keys), totals)
    expect(changes).toEqual([
      expect.objectContaining({ path, ...(of && { of }), connections, effect: expect.stringContaining(effect) }),
    ])
    expect(needsRestart).toEqual([])
  },
)

test('what needs a restart is told apart, and stays as it is', () => {
  const after = config({ workers: 3, engine: 'streams', scheduling: 'normal', admin: 'off', drainTimeout: '1s' })
  const { changes, needsRestart } = reloadPlan(config(), after, totals)
  expect(changes.map(({ path }) => path)).toEqual(['drainTimeout'])
  expect(needsRestart.map(({ path, effect }) => [path, effect])).toEqual(
    ['workers', 'engine', 'scheduling', 'admin'].map((path) => [path, 'not before a restart']),
  )
  const effective = inEffect(config(), after)
  expect(effective).toEqual({ ...config(), drainTimeoutMs: 1_000 })
  expect(reloadPlan(effective, after, totals).needsRestart).toHaveLength(4)
})

test('removed are the listeners and servers that the config had, not those that DNS has exchanged', () => {
  const found = {
    address: { kind: 'tcp', host: '10.0.0.1', port: 5432 },
    weight: 1,
    tier: 0,
    maxConnections: 9,
    state: 'up',
  } as const
  const before = config({ upstreams: [{ ...app, discover: { srv: '_db._tcp.example' } }] })
  const first = stateOf(before, () => [1])
  const upstream = first.upstreams.get('app')
  if (upstream === undefined) throw new Error('no upstream')
  const servers = new Map([...upstream.servers, ['db.example:5432@10.0.0.1', found], ['10.0.0.9:5432', found]])
  const state = { ...first, upstreams: new Map([['app', { ...upstream, servers }]]) }
  const removed = (after: object) => {
    const parts = removedParts(state, before, config(after))
    return [...parts.listeners, ...parts.servers.map(({ server }) => server)]
  }
  const discover = { srv: '_db._tcp.example' }
  expect(removed({ upstreams: [{ ...app, discover }] })).toEqual([])
  expect(removed({ upstreams: [{ ...app, servers: ['127.0.0.1:1'], discover }] })).toEqual([
    'db.example:5432',
    'db.example:5432@10.0.0.1',
  ])
  expect(removed({ upstreams: [app] })).toEqual(['10.0.0.9:5432'])
  expect(removed({ listeners: [{ ...web, name: 'b', upstream: 'c' }], upstreams: [{ ...app, name: 'c' }] })).toEqual([
    'web',
    '127.0.0.1:1',
    'db.example:5432',
    'db.example:5432@10.0.0.1',
    '10.0.0.9:5432',
  ])
})
