import type { Endpoint } from './endpoint.ts'
import { within } from './until.ts'

/**
 * The client sends `size` bytes and the upstream answers with as many, `count` times, each when the one before was
 * answered. That they are the right ones is for the endpoints to compare.
 */
export const roundTrips = async (
  { client, upstream }: { client: Endpoint; upstream: Endpoint },
  count: number,
  size: number,
  withinMs?: number,
): Promise<void> => {
  const answer = (bytes: Buffer): void => {
    upstream.send(bytes.length)
  }
  const goal = client.received + count * size
  let awaited = client.received + size
  let onData = (): void => {}
  upstream.socket.on('data', answer)
  const done = new Promise<void>((resolve) => {
    onData = () => {
      if (client.received === goal) return resolve()
      if (client.received < awaited) return
      awaited += size
      client.send(size)
    }
    client.socket.on('data', onData)
  })
  client.send(size)
  try {
    await within(`${count} round trips`, done, withinMs)
  } finally {
    client.socket.off('data', onData)
    upstream.socket.off('data', answer)
  }
}
