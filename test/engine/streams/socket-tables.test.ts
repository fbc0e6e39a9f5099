import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { lookUpUnsent, portsKey } from '../../../src/engine/streams/questions/socket-tables.ts'
import { until } from '../../support/until.ts'

const opened: (Server | Socket)[] = []
afterEach(() => {
  for (const one of opened.splice(0)) 'destroy' in one ? one.destroy() : one.close()
})

/** A connection whose receiver does not read. */
const open = async (host: string): Promise<{ socket: Socket; receiver: Socket }> => {
  const server = createServer({ pauseOnConnect: true }).listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect(port, host)
  const [[receiver]] = await Promise.all([once(server, 'connection'), once(socket, 'connect')])
  server.close()
  opened.push(socket, receiver)
  return { socket, receiver }
}

const keyOf = ({ localPort, remotePort }: Socket): number => portsKey(localPort ?? 0, remotePort ?? 0)

describe.runIf(process.platform === 'linux')("a look into the kernel's tables", () => {
  test.each(['127.0.0.1', '::1'])(
    'finds what a connection over %s has not sent, and that it has sent all',
    async (host) => {
      const { socket, receiver } = await open(host)
      const key = keyOf(socket)
      expect((await lookUpUnsent(new Set([key]))).unsent.get(key)).toBe(0)
      socket.write(Buffer.alloc(64 * 2 ** 20))
      await until('a full receiver', () => socket.writableLength > 0)
      expect((await lookUpUnsent(new Set([key]))).unsent.get(key)).toBeGreaterThan(0)
      receiver.resume()
      await until('an empty queue', () => socket.writableLength === 0)
      let left: number | undefined
      for (let looks = 0; looks < 1_000 && left !== 0; looks++) {
        left = (await lookUpUnsent(new Set([key]))).unsent.get(key)
      }
      expect(left).toBe(0)
    },
  )

  test('says nothing of a connection that is not there', async () => {
    const { socket } = await open('127.0.0.1')
    const [there, gone] = [keyOf(socket), portsKey(1, 1)]
    const { unsent } = await lookUpUnsent(new Set([there, gone]))
    expect([...unsent]).toEqual([[there, 0]])
  })

  test('finds each of 1,000 connections in tables of many pages', async () => {
    const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1_000 })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    let accepted = 0
    server.on('connection', (socket) => {
      accepted += 1
      opened.push(socket.on('error', () => {}))
    })
    const sockets = Array.from({ length: 1_000 }, () => connect(port, '127.0.0.1'))
    opened.push(server, ...sockets)
    await until('all accepted', () => accepted === sockets.length)
    const { unsent } = await lookUpUnsent(new Set(sockets.map(keyOf)))
    expect(unsent.size).toBe(sockets.length)
  })
})
