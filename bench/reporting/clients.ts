import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const AT_ONCE = 50
const SEND_EVERY_MS = 20

/** Opens connections, uses each once, and keeps them. */
export const openClients = async (port: number, count: number): Promise<Socket[]> => {
  const clients: Socket[] = []
  while (clients.length < count) {
    const batch = Math.min(AT_ONCE, count - clients.length)
    clients.push(...(await Promise.all(Array.from({ length: batch }, () => openClient(port)))))
  }
  return clients
}

const openClient = async (port: number): Promise<Socket> => {
  const client = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(client, 'connect')
  client.write('1')
  await once(client, 'data')
  return client.resume()
}

/** One connection after the other sends a byte, so many a second, until the returned function is called. */
export const sendInTurns = (clients: readonly Socket[], perSecond: number): (() => void) => {
  const began = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - began) / 1_000) * perSecond
    while (sent < due) {
      clients[sent % clients.length]?.write('1')
      sent += 1
    }
  }, SEND_EVERY_MS)
  return () => clearInterval(timer)
}

/** Whole connections, one byte there and back. */
export const visit = async (port: number, count: number): Promise<void> => {
  let left = count
  const visitor = async () => {
    while (left-- > 0) {
      const client = await openClient(port)
      client.end()
      await once(client, 'close')
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, visitor))
}
