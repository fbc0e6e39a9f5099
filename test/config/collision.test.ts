import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Taken } from '../../src/config/collision.ts'
import { type Address, parseAddress } from '../../src/config/fields/address.ts'

const collide = (one: string, other: string): boolean => {
  const taken = new Taken()
  taken.take(parseAddress(one), 'the first')
  return taken.take(parseAddress(other), 'the second') === 'the first'
}

const HOSTS = ['', '[::]', '0.0.0.0', '127.0.0.1', '127.0.0.2', '[::1]', '[0:0::1]', '[::ffff:127.0.0.1]']

describe('two addresses collide', () => {
  it.each(HOSTS.flatMap((one) => HOSTS.map((other) => [one, other] as const)))(
    'as bind(2) says: %j and %j',
    async (one, other) => {
      const first = createServer()
      await listening(first, one, 0)
      const { port } = first.address() as { port: number }
      const second = createServer()
      const bound = await listening(second, other, port).catch((error: NodeJS.ErrnoException) => error.code)
      const inUse = bound === 'EADDRINUSE'
      await Promise.all([first, second].map((server) => server.listening && once(server.close(), 'close')))
      expect(collide(`${one}:${port}`, `${other}:${port}`)).toBe(inUse)
    },
  )

  it('not on different ports, and not on port 0, which is another each time', () => {
    expect(collide(':80', ':81')).toBe(false)
    expect(collide(':0', ':0')).toBe(false)
  })

  it('if they are one name, in capitals or not, with a final dot or not', () => {
    expect(collide('Web.internal:80', 'web.internal.:80')).toBe(true)
    expect(collide('web.internal:80', ':80')).toBe(true)
    expect(collide('web.internal:80', 'api.internal:80')).toBe(false)
  })

  it('if they are one unix socket', () => {
    expect(collide('unix:/run/./a', 'unix:/run/a')).toBe(true)
    expect(collide('unix:/run/a', 'unix:/run/b')).toBe(false)
  })
})

const listening = async (server: ReturnType<typeof createServer>, host: string, port: number): Promise<void> => {
  const address: Address = parseAddress(`${host}:${port}`)
  if (address.kind !== 'tcp') throw new Error('not a TCP address')
  server.listen({ port, ...(address.host === '' ? {} : { host: address.host }) })
  await once(server, 'listening')
}
