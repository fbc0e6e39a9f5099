import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Resolver } from '../../src/upstream/resolve.ts'

/** What getaddrinfo answers, and what is found without it. */
const { lookup, findDirectly } = vi.hoisted(() => ({ lookup: vi.fn(), findDirectly: vi.fn() }))
vi.mock('node:dns/promises', () => ({ lookup, default: { lookup } }))
vi.mock('../../src/upstream/direct-lookup.ts', () => ({ findDirectly }))

const KEPT_MS = 10_000
const NAME = { kind: 'tcp', host: 'app.internal', port: 80 } as const
const at = (...hosts: string[]) => hosts.map((host) => ({ kind: 'tcp', host, port: 80 }))
const finds = (...hosts: string[]) => lookup.mockResolvedValueOnce(hosts.map((address) => ({ address, family: 4 })))
const fails = (code: string) => lookup.mockRejectedValueOnce(Object.assign(new Error(code), { code }))

beforeEach(() => {
  vi.useFakeTimers()
  lookup.mockReset()
  findDirectly.mockReset().mockRejectedValue(new Error('ETIMEOUT'))
})
afterEach(() => {
  vi.useRealTimers()
})

/** Time in which an answer grows old, and the question that it causes is answered. */
const growOld = () => vi.advanceTimersByTimeAsync(KEPT_MS)

test.each([
  { kind: 'tcp', host: '192.0.2.1', port: 80 } as const,
  { kind: 'tcp', host: '2001:db8::1', port: 80 } as const,
  { kind: 'unix', path: '/run/app.sock' } as const,
])('nobody is asked about an address ($kind), neither now nor later', async (address) => {
  const resolver = new Resolver(address)
  for (let asked = 0; asked < 100; asked++) {
    expect(resolver.addresses()).toEqual([address])
    await growOld()
  }
  expect(lookup).not.toHaveBeenCalled()
})

test('all addresses of a name are used, in the order of the answer', async () => {
  finds('192.0.2.1', '2001:db8::1', '192.0.2.2')
  expect(await new Resolver(NAME).addresses()).toEqual(at('192.0.2.1', '2001:db8::1', '192.0.2.2'))
  expect(lookup).toHaveBeenCalledWith('app.internal', { all: true })
})

test('a hundred connections that come before the first answer ask once', async () => {
  finds('192.0.2.1')
  const resolver = new Resolver(NAME)
  const answers = await Promise.all(Array.from({ length: 100 }, () => resolver.addresses()))
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(lookup).toHaveBeenCalledTimes(1)
})

test('an answer is used for ten seconds, then it is asked again while the old one goes on', async () => {
  finds('192.0.2.1')
  const resolver = new Resolver(NAME)
  await resolver.addresses()
  await vi.advanceTimersByTimeAsync(KEPT_MS - 1)
  expect(resolver.addresses()).toEqual(at('192.0.2.1'))
  expect(lookup).toHaveBeenCalledTimes(1)
  finds('192.0.2.2')
  await vi.advanceTimersByTimeAsync(1)
  expect(resolver.addresses()).toEqual(at('192.0.2.1'))
  await vi.advanceTimersByTimeAsync(0)
  expect(resolver.addresses()).toEqual(at('192.0.2.2'))
  expect(lookup).toHaveBeenCalledTimes(2)
})

test('while the resolver fails the last good answer stays, until there is a new one', async () => {
  finds('192.0.2.1')
  const resolver = new Resolver(NAME)
  await resolver.addresses()
  for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'ESERVFAIL']) {
    fails(code)
    await growOld()
    expect(resolver.addresses()).toEqual(at('192.0.2.1'))
    await vi.advanceTimersByTimeAsync(0)
    expect(resolver.addresses()).toEqual(at('192.0.2.1'))
    await vi.advanceTimersByTimeAsync(0)
  }
  finds('192.0.2.9')
  void resolver.addresses()
  await vi.advanceTimersByTimeAsync(0)
  expect(resolver.addresses()).toEqual(at('192.0.2.9'))
})

test('without any good answer it says why, and the next connection asks again', async () => {
  const resolver = new Resolver(NAME)
  fails('ENOTFOUND')
  await expect(resolver.addresses()).rejects.toMatchObject({ code: 'ENOTFOUND' })
  fails('EAI_AGAIN')
  await expect(resolver.addresses()).rejects.toMatchObject({ code: 'EAI_AGAIN' })
  finds('192.0.2.1')
  expect(await resolver.addresses()).toEqual(at('192.0.2.1'))
})

test('a resolver that hangs is asked once, and holds up nobody who has an answer', async () => {
  finds('192.0.2.1')
  const resolver = new Resolver(NAME)
  await resolver.addresses()
  lookup.mockReturnValueOnce(new Promise(() => {}))
  for (let count = 0; count < 10; count++) {
    await growOld()
    expect(resolver.addresses()).toEqual(at('192.0.2.1'))
  }
  expect(lookup).toHaveBeenCalledTimes(2)
})

test('the answer is there before the first client, if it was prepared', async () => {
  finds('192.0.2.1')
  const resolver = new Resolver(NAME)
  resolver.prepare()
  resolver.prepare()
  await vi.advanceTimersByTimeAsync(0)
  expect(resolver.addresses()).toEqual(at('192.0.2.1'))
  expect(lookup).toHaveBeenCalledTimes(1)
  expect(findDirectly).not.toHaveBeenCalled()
})

test('what is prepared in vain is told to the first client that asks anew, and to nobody else', async () => {
  fails('EAI_AGAIN')
  const resolver = new Resolver(NAME)
  resolver.prepare()
  await vi.advanceTimersByTimeAsync(0)
  finds('192.0.2.1')
  expect(await resolver.addresses()).toEqual(at('192.0.2.1'))
})

/** getaddrinfo takes its time, until it is told the answer. */
const hangs = () => {
  let resolve: (found: { address: string }[]) => void = () => {}
  let reject: (error: Error) => void = () => {}
  lookup.mockReturnValueOnce(
    new Promise((...functions) => {
      ;[resolve, reject] = functions
    }),
  )
  return { resolve, reject }
}

test('after a second without an answer it is sought without getaddrinfo, whose later answer stands above it', async () => {
  const question = hangs()
  findDirectly.mockResolvedValueOnce(['192.0.2.7'])
  const resolver = new Resolver(NAME)
  const first = resolver.addresses()
  await vi.advanceTimersByTimeAsync(999)
  expect(findDirectly).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(findDirectly).toHaveBeenCalledWith('app.internal')
  expect(await first).toEqual(at('192.0.2.7'))
  question.resolve([{ address: '192.0.2.1' }])
  await vi.advanceTimersByTimeAsync(0)
  expect(resolver.addresses()).toEqual(at('192.0.2.1'))
})

test('what neither finds fails for the reason of getaddrinfo', async () => {
  const question = hangs()
  const refused = expect(Promise.resolve(new Resolver(NAME).addresses())).rejects.toMatchObject({ code: 'EAI_AGAIN' })
  await vi.advanceTimersByTimeAsync(1_000)
  question.reject(Object.assign(new Error('EAI_AGAIN'), { code: 'EAI_AGAIN' }))
  await refused
})

test('what getaddrinfo says within a second is believed: nobody else is asked', async () => {
  fails('ENOTFOUND')
  await expect(new Resolver(NAME).addresses()).rejects.toMatchObject({ code: 'ENOTFOUND' })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(findDirectly).not.toHaveBeenCalled()
})
