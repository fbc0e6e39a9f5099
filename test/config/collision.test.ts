import { describe, expect, it } from 'vitest'
import { AddressTable } from '../../src/config/collision.ts'
import { parseAddress } from '../../src/config/fields/address.ts'
import { type ListeningSocket, openListeningSocket } from '../../src/engine/listening/listening-socket.ts'
import { listen } from '../../src/system/libc.ts'

const collide = (one: string, other: string): boolean => {
  const taken = new AddressTable()
  taken.take(parseAddress(one), 'the first')
  return taken.take(parseAddress(other), 'the second') === 'the first'
}

const HOSTS = [
  '',
  '0.0.0.0',
  '127.0.0.1',
  '127.0.0.2',
  '[::]',
  '[0::0]',
  '[::1]',
  '[0:0::1]',
  '[::ffff:0.0.0.0]',
  '[::ffff:127.0.0.1]',
]

/** Whether the second cannot be bound once the first is listened on. A port may be another process's, so ten have to agree. */
const cannotShare = async (one: string, other: string): Promise<boolean> => {
  for (let attempt = 0; attempt < 10; attempt++) {
    const first = await openListeningSocket(parseAddress(`${one}:0`))
    expect(listen(first.handle.fd, 1)).toBe(0)
    const { port } = first.address as { port: number }
    const second = await openListeningSocket(parseAddress(`${other}:${port}`)).catch((error: unknown) => error)
    first.close()
    if (second instanceof Error) expect(second).toMatchObject({ code: 'EADDRINUSE' })
    else {
      ;(second as ListeningSocket).close()
      return false
    }
  }
  return true
}

describe('two addresses collide', () => {
  it.each(HOSTS.flatMap((one) => HOSTS.map((other) => [one, other] as const)))(
    'as binding them as listeners says: %j and %j',
    async (one, other) => {
      expect(collide(`${one}:80`, `${other}:80`)).toBe(await cannotShare(one, other))
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

  it('with every address of both families if they are names, for a name is of one of them', () => {
    expect(collide(':80', 'web.internal:80')).toBe(true)
    expect(collide('web.internal:80', '[::]:80')).toBe(false)
    expect(collide('web.internal:80', '0.0.0.0:80')).toBe(false)
  })

  it('if one is localhost and the other may be the address that it resolves to', () => {
    for (const other of ['127.0.0.1', '[::1]', '', '0.0.0.0', '[::]', 'Localhost.']) {
      expect([other, collide('localhost:80', `${other}:80`)]).toEqual([other, true])
      expect([other, collide(`${other}:80`, 'localhost:80')]).toEqual([other, true])
    }
    expect(collide('localhost:80', '127.0.0.2:80')).toBe(false)
    expect(collide('localhost:80', '127.0.0.1:81')).toBe(false)
    expect(collide('localhost:80', 'web.internal:80')).toBe(false)
  })

  it('if they are one unix socket', () => {
    expect(collide('unix:/run/./a', 'unix:/run/a')).toBe(true)
    expect(collide('unix:/run/a', 'unix:/run/b')).toBe(false)
    expect(collide('unix:@a', 'unix:@a')).toBe(true)
    expect(collide('unix:@a//b', 'unix:@a/b')).toBe(false)
  })
})
