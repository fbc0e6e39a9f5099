/** Whom a name is asked for, and in which order. */
import { beforeEach, expect, test, vi } from 'vitest'
import { findAddresses } from '../../../../src/primary/names/resolve/find-addresses.ts'

const { lookup, resolve4, resolve6, listedAddresses, searchedNames } = vi.hoisted(() => ({
  lookup: vi.fn(),
  resolve4: vi.fn(),
  resolve6: vi.fn(),
  listedAddresses: vi.fn(),
  searchedNames: vi.fn(),
}))
vi.mock('node:dns/promises', () => {
  class Resolver {
    resolve4 = resolve4
    resolve6 = resolve6
  }
  return { lookup, Resolver, default: { lookup, Resolver } }
})
vi.mock('../../../../src/primary/names/resolve/system-files.ts', () => ({ listedAddresses, searchedNames }))

const error = (code: string): Error => Object.assign(new Error(code), { code })
const records = (ttl: number, ...addresses: string[]) => addresses.map((address) => ({ address, ttl }))

beforeEach(() => {
  lookup.mockReset().mockRejectedValue(error('ENOTFOUND'))
  resolve4.mockReset().mockRejectedValue(error('ENOTFOUND'))
  resolve6.mockReset().mockRejectedValue(error('ENOTFOUND'))
  listedAddresses.mockReset().mockReturnValue([])
  searchedNames.mockReset().mockImplementation((host) => [host])
})

test('what /etc/hosts has is the answer, for ten seconds, and nobody is asked', async () => {
  listedAddresses.mockReturnValue(['192.0.2.1'])
  expect(await findAddresses('app')).toEqual({ found: ['192.0.2.1'], keepMs: 10_000 })
  expect([resolve4, resolve6, lookup].flatMap(({ mock }) => mock.calls)).toEqual([])
})

test('all addresses of DNS are the answer, sorted and each once, for the shortest TTL', async () => {
  resolve4.mockResolvedValue(records(30, '192.0.2.9', '192.0.2.1', '192.0.2.9'))
  resolve6.mockResolvedValue(records(20, '2001:db8:0::1'))
  expect(await findAddresses('app')).toEqual({ found: ['192.0.2.1', '192.0.2.9', '2001:db8::1'], keepMs: 20_000 })
  expect(lookup).not.toHaveBeenCalled()
})

test('a name is asked for below one search domain after the other, until there is an answer', async () => {
  searchedNames.mockReturnValue(['app.one', 'app.two', 'app'])
  resolve4.mockRejectedValueOnce(error('ESERVFAIL')).mockResolvedValueOnce(records(5, '192.0.2.1'))
  expect(await findAddresses('app')).toMatchObject({ found: ['192.0.2.1'] })
  expect(resolve4.mock.calls.map(([name]) => name)).toEqual(['app.one', 'app.two'])
})

test.each(['ENOTFOUND', 'ENODATA', 'EREFUSED', 'ECONNREFUSED', 'ESERVFAIL'])(
  'where DNS has no answer (%s) the other sources of the system are asked',
  async (code) => {
    resolve4.mockRejectedValue(error(code))
    resolve6.mockRejectedValue(error(code))
    lookup.mockResolvedValueOnce([{ address: '192.0.2.1' }])
    expect(await findAddresses('printer')).toEqual({ found: ['192.0.2.1'], keepMs: 10_000 })
    await expect(findAddresses('printer')).rejects.toMatchObject({ code })
  },
)

test('where DNS is silent nobody else is asked, nor below other domains', async () => {
  searchedNames.mockReturnValue(['app.one', 'app'])
  resolve4.mockRejectedValue(error('ETIMEOUT'))
  await expect(findAddresses('app')).rejects.toMatchObject({
    code: 'ETIMEOUT',
    message: expect.stringContaining('in time'),
  })
  expect(resolve4).toHaveBeenCalledTimes(1)
  expect(lookup).not.toHaveBeenCalled()
})

test('DNS is not asked for localhost, wherever it comes from', async () => {
  lookup.mockResolvedValue([{ address: '127.0.0.1' }, { address: '::1' }])
  for (const host of ['localhost', 'LOCALHOST.', 'app.localhost'])
    expect(await findAddresses(host)).toEqual({ found: ['127.0.0.1', '::1'], keepMs: 10_000 })
  expect(resolve4).not.toHaveBeenCalled()
})

test('a family whose question fails keeps its addresses; one that has none any more does not', async () => {
  const last = ['192.0.2.1', '192.0.2.2', '2001:db8::1']
  resolve4.mockResolvedValue(records(5, '192.0.2.2'))
  resolve6.mockRejectedValueOnce(error('ESERVFAIL')).mockRejectedValueOnce(error('ENODATA'))
  expect(await findAddresses('app', last)).toMatchObject({ found: ['192.0.2.2', '2001:db8::1'] })
  expect(await findAddresses('app', last)).toMatchObject({ found: ['192.0.2.2'] })
})

test('an empty family does not hide that the other one failed', async () => {
  resolve4.mockRejectedValue(error('ENODATA'))
  resolve6.mockRejectedValue(error('ESERVFAIL'))
  await expect(findAddresses('app')).rejects.toMatchObject({ code: 'ESERVFAIL' })
})

test('a call of getaddrinfo that hangs is waited for a second, and never made twice', async () => {
  vi.useFakeTimers()
  lookup.mockReturnValue(new Promise(() => {}))
  for (let times = 0; times < 3; times++) {
    const failed = expect(findAddresses('hangs')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    await vi.advanceTimersByTimeAsync(1_000)
    await failed
  }
  expect(lookup).toHaveBeenCalledTimes(1)
  vi.useRealTimers()
})
