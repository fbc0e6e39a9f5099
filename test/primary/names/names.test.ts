/** How the names of all upstreams are followed when the config changes. */
import { afterEach, expect, test, vi } from 'vitest'
import { configFromObject } from '../../../src/config/load.ts'
import { Names } from '../../../src/primary/names/names.ts'
import type { ServerRoster } from '../../../src/primary/servers/roster.ts'
import { silent } from '../../support/admin-api.ts'
import { findAddresses, setHost } from './fake-dns.ts'
import { pass, useFakeDns } from './follow.ts'

vi.mock('../../../src/primary/names/resolve/ask-dns.ts', () => import('./fake-dns.ts'))
vi.mock('../../../src/primary/names/resolve/find-addresses.ts', () => import('./fake-dns.ts'))

useFakeDns()

const upstreams = (...each: readonly (readonly [name: string, ...servers: string[]])[]) =>
  configFromObject({
    listeners: [{ name: 'web', listen: ':0', upstream: each[0]?.[0] }],
    upstreams: each.map(([name, ...servers]) => ({ name, servers })),
  }).upstreams

const servers = new Map<string, string[]>()
const roster = {
  setServers: (upstream: string, found: ReadonlyMap<string, unknown>) => {
    servers.set(upstream, [...found.keys()])
    return true
  },
  learn: () => true,
} as unknown as ServerRoster

let names: Names
afterEach(() => names.close())

test('a host that stays is not asked for anew, one that is new is, and of what is gone nothing is heard any more', async () => {
  setHost('a', '10.0.0.1')
  names = new Names(upstreams(['app', 'a:80'], ['other', 'a:81', '10.0.0.9:80']), roster, silent)
  await names.settled(100)
  expect([...servers]).toEqual([
    ['app', ['a:80@10.0.0.1']],
    ['other', ['a:81@10.0.0.1', '10.0.0.9:80']],
  ])
  expect(findAddresses).toHaveBeenCalledTimes(1)

  setHost('b', '10.0.0.2')
  servers.clear()
  names.follow(upstreams(['app', 'a:80', 'b:80']))
  await names.settled(100)
  expect([...servers]).toEqual([['app', ['a:80@10.0.0.1', 'b:80@10.0.0.2']]])
  expect(findAddresses).toHaveBeenCalledTimes(2)
  expect(names.discoveryOf('other')).toBeUndefined()

  servers.clear()
  names.follow(upstreams(['app', '10.0.0.9:80']))
  await names.settled(100)
  setHost('a', '10.0.0.7')
  await pass(10_000)
  expect([...servers]).toEqual([['app', ['10.0.0.9:80']]])
})
