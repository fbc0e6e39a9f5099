/** How the servers of an upstream follow its names. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parseServerAddress } from '../../../src/config/fields/address.ts'
import type { UpstreamConfig } from '../../../src/config/schema.ts'
import { NoAnswer } from '../../../src/primary/names/answer.ts'
import { HostQuestions } from '../../../src/primary/names/host-questions.ts'
import { type ResolvedServers, UpstreamNames } from '../../../src/primary/names/upstream-names.ts'

const { askServices, findAddresses } = vi.hoisted(() => ({ askServices: vi.fn(), findAddresses: vi.fn() }))
vi.mock('../../../src/primary/names/ask-dns.ts', () => ({ askServices }))
vi.mock('../../../src/primary/names/find-addresses.ts', () => ({ findAddresses }))

/** What the tests' DNS has now. A host without an entry gets no answer, until there is one. */
let services: readonly string[] = []
const hosts = new Map<string, string[]>()
const waiting = new Map<string, () => void>()

const answerFor = async (host: string) => {
  if (!hosts.has(host)) await new Promise<void>((resolve) => waiting.set(host, resolve))
  const found = hosts.get(host) ?? []
  if (found.length === 0) throw new NoAnswer('ENOTFOUND')
  return { found, keepMs: 1_000 }
}

const setHost = (host: string, ...addresses: string[]): void => {
  hosts.set(host, addresses)
  waiting.get(host)?.()
}

let seen: ResolvedServers | undefined
const open: UpstreamNames[] = []
const follow = (servers: readonly string[], discover: UpstreamConfig['discover'] = 'off') => {
  const events = { onFailing: () => {}, onAnswered: () => {} }
  const config = {
    servers: servers.map((address) => ({
      address: parseServerAddress(address),
      weight: 1,
      backup: false,
      maxConnections: Number.POSITIVE_INFINITY,
    })),
    discover,
  }
  const onServers = (resolved: ResolvedServers): boolean => {
    const isNew = JSON.stringify([...resolved.servers]) !== JSON.stringify([...(seen?.servers ?? [])])
    seen = resolved
    return isNew
  }
  const names = new UpstreamNames(config, { hosts: new HostQuestions(() => events), eventsOf: () => events, onServers })
  open.push(names)
  return names
}
const names = () => [...(seen?.servers.keys() ?? [])]
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

beforeEach(() => {
  vi.useFakeTimers()
  services = []
  seen = undefined
  hosts.clear()
  waiting.clear()
  findAddresses.mockReset().mockImplementation(answerFor)
  askServices.mockReset().mockImplementation(async () => ({
    found: services.map((name) => ({ name, port: 80, priority: 0, weight: 1 })),
    keepMs: 10_000,
  }))
})
afterEach(() => {
  for (const followed of open.splice(0)) followed.close()
  vi.useRealTimers()
})

test('once all names were asked for, each has its addresses, or a reason why it has none', async () => {
  setHost('a', '10.0.0.1', '10.0.0.2')
  const followed = follow(['a:80', 'b:80', '10.0.0.9:80'])
  let isSettled = false
  void followed.settled().then(() => {
    isSettled = true
  })
  await pass(0)
  expect(isSettled).toBe(false)
  expect(followed.discovery).toMatchObject({ source: 'dns', state: 'waiting', servers: 3 })
  setHost('b')
  await pass(0)
  expect(isSettled).toBe(true)
  expect(names()).toEqual(['a:80@10.0.0.1', 'a:80@10.0.0.2', 'b:80', '10.0.0.9:80'])
  expect(seen?.unresolved).toEqual(new Map([['b:80', 'its name does not resolve: there is no such name (ENOTFOUND)']]))
  expect(followed.discovery).toMatchObject({
    state: 'failing',
    servers: 3,
    lastError: 'b: there is no such name (ENOTFOUND)',
  })
})

test('an upstream of addresses alone has nothing to discover, and one of a discovered name has that', async () => {
  expect(follow(['10.0.0.9:80', 'unix:/a']).discovery).toBeUndefined()
  setHost('a', '10.0.0.1')
  const followed = follow(['10.0.0.9:80'], { dns: { kind: 'tcp', host: 'a', port: 81 } })
  await followed.settled()
  expect(names()).toEqual(['10.0.0.9:80', 'a:81@10.0.0.1'])
})

test('new SRV records are used once their targets were asked for, and what only the old ones named is let go', async () => {
  services = ['old']
  setHost('old', '10.0.0.1')
  setHost('fixed', '10.0.0.5')
  const followed = follow(['fixed:80'], { srv: '_a._tcp.test' })
  await followed.settled()
  expect(names()).toEqual(['fixed:80@10.0.0.5', 'old:80@10.0.0.1'])

  // These are overtaken by the next before their target is known.
  services = ['passing']
  await pass(10_000)
  services = ['new']
  await pass(10_000)
  expect(names()).toEqual(['fixed:80@10.0.0.5', 'old:80@10.0.0.1'])
  setHost('new', '10.0.0.2')
  await pass(0)
  expect(names()).toEqual(['fixed:80@10.0.0.5', 'new:80@10.0.0.2'])
  setHost('passing', '10.0.0.3')
  await pass(0)
  expect(names()).toEqual(['fixed:80@10.0.0.5', 'new:80@10.0.0.2'])

  findAddresses.mockClear()
  await pass(5_000)
  expect(new Set(findAddresses.mock.calls.map(([host]) => host))).toEqual(new Set(['fixed', 'new']))
  expect(followed.discovery).toMatchObject({ source: 'srv', state: 'ok', servers: 2, revision: 2 })
})

test('with its first SRV records an upstream serves what it can: no target waits for another', async () => {
  services = ['quick', 'silent']
  setHost('quick', '10.0.0.1')
  const followed = follow([], { srv: '_a._tcp.test' })
  await pass(500)
  expect(names()).toEqual(['quick:80@10.0.0.1', 'silent:80'])
  expect(followed.discovery).toMatchObject({ state: 'waiting', servers: 1 })
})

test('a name is the same in small and in capital letters, and stays as long as one server has it', async () => {
  services = ['db']
  setHost('db', '10.0.0.1')
  setHost('other', '10.0.0.2')
  const followed = follow(['DB:81'], { srv: '_a._tcp.test' })
  await followed.settled()
  expect(names()).toEqual(['DB:81@10.0.0.1', 'db:80@10.0.0.1'])
  services = ['other']
  await pass(10_000)
  setHost('db', '10.0.0.9')
  await pass(1_100)
  expect(names()).toEqual(['DB:81@10.0.0.9', 'other:80@10.0.0.2'])
})

test('records that are gone, or say that there is no service, leave the servers as they were', async () => {
  services = ['a']
  setHost('a', '10.0.0.1')
  const followed = follow([], { srv: '_a._tcp.test' })
  await followed.settled()
  for (const gone of [[], ['']]) {
    services = gone
    await pass(10_000)
    expect(names()).toEqual(['a:80@10.0.0.1'])
    expect(followed.discovery).toMatchObject({
      state: 'failing',
      lastError: '_a._tcp.test: the name has no such record (ENODATA)',
    })
  }
})

test('once it is closed no name is asked for, and nothing changes', async () => {
  services = ['a']
  const followed = follow(['b:80'], { srv: '_a._tcp.test' })
  await pass(0)
  followed.close()
  seen = undefined
  setHost('a', '10.0.0.1')
  setHost('b', '10.0.0.2')
  await pass(60_000)
  expect(seen).toBeUndefined()
  expect(askServices).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(0)
})
