/** The servers of an upstream change: what is known of them decides their states. */
import type { Logger } from 'pino'
import { expect, test, vi } from 'vitest'
import { ServerRoster } from '../../../src/primary/servers/roster.ts'
import { StateOwner } from '../../../src/primary/state-owner.ts'
import { NOTHING_SERVED, type ServerState } from '../../../src/serving/state.ts'
import { Totals } from '../../../src/stats/totals.ts'
import { upstreamState } from '../../support/states.ts'
import { told } from '../../support/told.ts'

const server = (host: string | undefined, changes: Partial<ServerState> = {}): ServerState => ({
  address: host === undefined ? undefined : { kind: 'tcp', host, port: 80 },
  weight: 1,
  tier: 0,
  maxConnections: Number.POSITIVE_INFINITY,
  state: host === undefined ? 'down' : 'unchecked',
  ...changes,
})

const [ONE, TWO] = ['app:80@10.0.0.1', 'app:80@10.0.0.2']
const both = new Map([
  [ONE, server('10.0.0.1')],
  [TWO, server('10.0.0.2')],
])
const onlyOne = new Map([[ONE, server('10.0.0.1')]])

const open = () => {
  const servers = new Map([['app:80', server(undefined)]])
  const upstream = upstreamState(servers)
  const owner = new StateOwner(
    { ...NOTHING_SERVED, version: 1, upstreams: new Map([['app', upstream]]) },
    { get: () => undefined, close: () => {} },
  )
  const info = vi.fn()
  const roster = new ServerRoster(owner, { info, warn: vi.fn() } as unknown as Logger, new Totals())
  owner.watch(() => roster.prune())
  const states = () => [...(owner.state.upstreams.get('app')?.servers ?? [])].map(([name, { state }]) => [name, state])
  return { owner, roster, info, states }
}

test('the state has the new servers, and the log which came and which went', () => {
  const { owner, roster, info, states } = open()
  expect(roster.setServers('app', both)).toBe(true)
  expect(states()).toEqual([
    [ONE, 'unchecked'],
    [TWO, 'unchecked'],
  ])
  roster.setServers('app', onlyOne)
  expect(owner.state.version).toBe(3)
  expect(info.mock.calls).toEqual([
    [{ upstream: 'app', added: [ONE, TWO], removed: ['app:80'] }, `upstream app has found its servers: ${ONE}, ${TWO}`],
    [{ upstream: 'app', added: [], removed: [TWO] }, `upstream app has other servers; gone: ${TWO}`],
  ])
})

test('of many servers the text has a few, and the fields have all; a name that stood for new ones has not gone', () => {
  const { roster, info } = open()
  const many = Array.from({ length: 60 }, (_, index): [string, ServerState] => {
    const host = `10.0.1.${index}`
    return [`many:80@${host}`, server(host)]
  })
  roster.setServers('app', new Map([...onlyOne, ['many:80', server(undefined)]]))
  roster.setServers('app', new Map([...onlyOne, ...many]))
  roster.setServers('app', new Map([[TWO, server('10.0.0.2')], ...many.slice(50)]))
  const five = (from: number) => Array.from({ length: 5 }, (_, index) => `many:80@10.0.1.${from + index}`).join(', ')
  expect(info.mock.calls.map(([, text]) => text)).toEqual([
    `upstream app has found its servers: ${ONE}, many:80`,
    `upstream app has other servers; new: ${five(0)} and 55 more`,
    `upstream app has other servers; new: ${TWO}; gone: ${ONE}, ${five(0).replace(/, [^,]*$/, '')} and 46 more`,
  ])
  expect(info.mock.calls[1]?.[0].added).toHaveLength(60)
})

test('the same servers again are no change, and no other upstream gets any', () => {
  const { owner, roster } = open()
  roster.setServers('app', both)
  const { state } = owner
  expect(roster.setServers('app', new Map([...both].reverse()))).toBe(false)
  expect(roster.setServers('other', both)).toBe(false)
  expect(owner.state).toBe(state)
})

test('a server that stays keeps its state, and what the primary has noted of it', () => {
  const { owner, roster, states } = open()
  roster.setServers('app', both)
  roster.learn('app', ONE, { check: { passes: false, reason: 'refused', lastMs: 1 } })
  roster.setServers('app', new Map([[ONE, server('10.0.0.1', { weight: 5 })]]))
  expect(states()).toEqual([[ONE, 'down']])
  expect(owner.state.upstreams.get('app')?.servers.get(ONE)?.weight).toBe(5)
  expect(roster.get('app', ONE)?.reason).toBe('refused')
})

test('what an operator has set outlives the absence of a server, what was found out does not', async () => {
  const { owner, roster, states } = open()
  roster.setServers('app', both)
  roster.learn('app', ONE, { byHand: 'drain' })
  roster.learn('app', TWO, { ejection: { isEjected: true, reason: '5 dials failed', sinceMs: 1 } })
  expect(states()).toEqual([
    [ONE, 'draining'],
    [TWO, 'ejected'],
  ])
  roster.setServers('app', new Map())
  expect(roster.get('app', ONE)).toBeUndefined()
  await told(owner)
  roster.setServers('app', both)
  expect(states()).toEqual([
    [ONE, 'draining'],
    [TWO, 'unchecked'],
  ])
})
