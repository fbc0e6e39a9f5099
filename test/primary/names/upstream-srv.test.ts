/** How the servers of an upstream follow SRV records. */
import { expect, test, vi } from 'vitest'
import { findAddresses, setHost, setServices } from './fake-dns.ts'
import { follow, pass, useFakeDns } from './follow.ts'

vi.mock('../../../src/primary/names/resolve/ask-dns.ts', () => import('./fake-dns.ts'))
vi.mock('../../../src/primary/names/resolve/find-addresses.ts', () => import('./fake-dns.ts'))

useFakeDns()

test('new SRV records are used once their targets were asked for, and what only the old ones named is let go', async () => {
  setServices('old')
  setHost('old', '10.0.0.1')
  setHost('fixed', '10.0.0.5')
  const { followed, seen } = follow(['fixed:80'], { srv: '_a._tcp.test' })
  await followed.settled()
  expect(seen.names()).toEqual(['fixed:80@10.0.0.5', 'old:80@10.0.0.1'])

  // These are overtaken by the next before their target is known.
  setServices('passing')
  await pass(10_000)
  setServices('new')
  await pass(10_000)
  expect(seen.names()).toEqual(['fixed:80@10.0.0.5', 'old:80@10.0.0.1'])
  setHost('new', '10.0.0.2')
  await pass(0)
  expect(seen.names()).toEqual(['fixed:80@10.0.0.5', 'new:80@10.0.0.2'])
  setHost('passing', '10.0.0.3')
  await pass(0)
  expect(seen.names()).toEqual(['fixed:80@10.0.0.5', 'new:80@10.0.0.2'])

  findAddresses.mockClear()
  await pass(5_000)
  expect(new Set(findAddresses.mock.calls.map(([host]) => host))).toEqual(new Set(['fixed', 'new']))
  expect(followed.discovery).toMatchObject({ source: 'srv', state: 'ok', servers: 2, revision: 2 })
})

test('with its first SRV records an upstream serves what it can: no target waits for another', async () => {
  setServices('quick', 'silent')
  setHost('quick', '10.0.0.1')
  const { followed, seen } = follow([], { srv: '_a._tcp.test' })
  await pass(501)
  expect(seen.names()).toEqual(['quick:80@10.0.0.1', 'silent:80'])
  expect(followed.discovery).toMatchObject({ state: 'waiting', servers: 1 })
})

test('records that are gone, or say that there is no service, leave the servers as they were', async () => {
  setServices('a')
  setHost('a', '10.0.0.1')
  const { followed, seen } = follow([], { srv: '_a._tcp.test' })
  await followed.settled()
  for (const gone of [[], ['']]) {
    setServices(...gone)
    await pass(10_000)
    expect(seen.names()).toEqual(['a:80@10.0.0.1'])
    expect(followed.discovery).toMatchObject({
      state: 'failing',
      lastError: '_a._tcp.test: the name has no such record (ENODATA)',
    })
  }
})

test('a server that is named again counts once, as it is in the config, else as it is first in the SRV records', async () => {
  for (const host of ['a', 'b', 'c']) setHost(host, `10.0.0.${host.codePointAt(0)}`)
  setServices({ name: 'a', priority: 2, weight: 7 }, { name: 'a', priority: 1, weight: 5 }, 'b', 'c', {
    name: 'c',
    port: 81,
  })
  const { followed, seen, onRepeated } = follow(['C:80'], { srv: '_a._tcp.test' })
  await followed.settled()
  const states = [...(seen.resolved?.servers ?? [])].map(([name, { tier, weight }]) => [name, tier, weight])
  expect(states).toEqual([
    ['C:80@10.0.0.99', 0, 1],
    ['b:80@10.0.0.98', 0, 1],
    ['c:81@10.0.0.99', 0, 1],
    ['a:80@10.0.0.97', 1, 5],
  ])
  expect(onRepeated.mock.calls).toEqual([[['C:80', 'a:80']]])

  setServices({ name: 'a', priority: 2, weight: 7 }, { name: 'a', priority: 1, weight: 6 }, 'c')
  await pass(10_000)
  expect(onRepeated).toHaveBeenCalledTimes(1)
  setServices('a', 'b')
  await pass(10_000)
  setServices('c')
  await pass(10_000)
  await pass(1)
  expect(onRepeated.mock.calls.slice(1)).toEqual([[['C:80']]])
})

test('new records without any address leave the servers as they were, which is told once, until a target has one', async () => {
  setServices('old', '192.0.2.7')
  setHost('old', '10.0.0.1')
  setHost('fixed', '10.0.0.5')
  const { followed, seen, events } = follow(['fixed:80'], { srv: '_a._tcp.test' })
  await followed.settled()
  const before = ['fixed:80@10.0.0.5', '192.0.2.7:80', 'old:80@10.0.0.1']
  expect(seen.names()).toEqual(before)

  for (const [first, second] of [
    ['gone1', 'gone2'],
    ['gone3', 'new'],
  ] as const) {
    for (const host of [first, second]) setHost(host)
    setServices(first, second)
    await pass(10_001)
    expect(seen.names()).toEqual(before)
    expect(followed.discovery).toMatchObject({
      state: 'failing',
      servers: 3,
      lastError: `${first}: there is no such name (ENOTFOUND)`,
      revision: 1,
    })
  }
  expect(events.onUnusable).toHaveBeenCalledTimes(1)
  setHost('new', '10.0.0.2')
  await pass(5_001)
  expect(seen.names()).toEqual(['fixed:80@10.0.0.5', 'gone3:80', 'new:80@10.0.0.2'])
  expect(events.onUsable).toHaveBeenCalledTimes(1)
  // What only the other records named is let go.
  findAddresses.mockClear()
  await pass(5_000)
  expect(new Set(findAddresses.mock.calls.map(([host]) => host))).toEqual(new Set(['fixed', 'gone3', 'new']))
})

test('records that return to those in use are used, whatever their targets are now', async () => {
  setServices('a')
  setHost('a', '10.0.0.1')
  setHost('gone')
  const { followed, seen, events } = follow([], { srv: '_a._tcp.test' })
  await followed.settled()
  setServices('gone')
  await pass(10_001)
  setHost('a')
  setServices('a')
  await pass(10_001)
  expect(seen.names()).toEqual(['a:80@10.0.0.1'])
  expect([events.onUnusable.mock.calls.length, events.onUsable.mock.calls.length]).toEqual([1, 1])
})

test('the first records are used without any address too: each server says why it has none', async () => {
  setServices('gone')
  setHost('gone')
  const { followed, seen, events } = follow([], { srv: '_a._tcp.test' })
  await followed.settled()
  expect(seen.names()).toEqual(['gone:80'])
  expect(events.onUnusable).not.toHaveBeenCalled()
})
