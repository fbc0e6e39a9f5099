import { once } from 'node:events'
import { createServer } from 'node:net'

/** `127.0.0.1` and a port that was free a moment ago: a connect to it is refused. */
export const refusingAddress = async (): Promise<string> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  server.close()
  await once(server, 'close')
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  return `127.0.0.1:${bound.port}`
}
