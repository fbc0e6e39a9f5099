/** How the servers of an upstream follow its names. */
import { expect, test, vi } from 'vitest'
import { askServices, setHost, setServices } from './fake-dns.ts'
import { follow, pass, useFakeDns } from './follow.ts'

vi.mock('../../../src/primary/names/resolve/ask-dns.ts', () => import('./fake-dns.ts'))
vi.mock('../../../src/primary/names/resolve/find-addresses.ts', () => import('./fake-dns.ts'))

useFakeDns()

test('once all names were asked for, each has its addresses, or a reason why it has none', async () => {
  setHost('a', '10.0.0.1', '10.0.0.2')
  const { followed, seen } = follow(['a:80', 'b:80', '10.0.0.9:80'])
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
  expect(seen.names()).toEqual(['a:80@10.0.0.1', 'a:80@10.0.0.2', 'b:80', '10.0.0.9:80'])
  expect(seen.resolved?.unresolved).toEqual(
    new Map([['b:80', 'its name does not resolve: there is no such name (ENOTFOUND)']]),
  )
  expect(followed.discovery).toMatchObject({
    state: 'failing',
    servers: 3,
    lastError: 'b: there is no such name (ENOTFOUND)',
  })
})

test('an upstream of addresses alone has nothing to discover, and one of a discovered name has that', async () => {
  expect(follow(['10.0.0.9:80', 'unix:/a']).followed.discovery).toBeUndefined()
  setHost('a', '10.0.0.1')
  const { followed, seen } = follow(['10.0.0.9:80'], { dns: { kind: 'tcp', host: 'a', port: 81 } })
  await followed.settled()
  expect(seen.names()).toEqual(['10.0.0.9:80', 'a:81@10.0.0.1'])
})

test('a name is the same in small and in capital letters, and stays as long as one server has it', async () => {
  setServices('db')
  setHost('db', '10.0.0.1')
  setHost('other', '10.0.0.2')
  const { followed, seen } = follow(['DB:81'], { srv: '_a._tcp.test' })
  await followed.settled()
  expect(seen.names()).toEqual(['DB:81@10.0.0.1', 'db:80@10.0.0.1'])
  setServices('other')
  await pass(10_000)
  setHost('db', '10.0.0.9')
  await pass(1_100)
  expect(seen.names()).toEqual(['DB:81@10.0.0.9', 'other:80@10.0.0.2'])
})

test('once it is closed no name is asked for, and nothing changes', async () => {
  setServices('a')
  const { followed, seen } = follow(['b:80'], { srv: '_a._tcp.test' })
  await pass(0)
  followed.close()
  seen.resolved = undefined
  setHost('a', '10.0.0.1')
  setHost('b', '10.0.0.2')
  await pass(60_000)
  expect(seen.resolved).toBeUndefined()
  expect(askServices).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(0)
})
