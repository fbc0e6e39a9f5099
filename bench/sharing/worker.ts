/** `worker.js WAY PORT`: accepts as the streams engine does, and answers every client with this process's id. */
import { createServer } from 'node:net'
import { type Client, loadEngine } from './engine.ts'

const INHERITED_DESCRIPTOR = 4
/** Those of the streams engine. */
const BACKLOG = 4096
const OPTIONS = { allowHalfOpen: true, pauseOnConnect: true, noDelay: true, keepAlive: true }

const [way, port] = process.argv.slice(2)

const answer = (client: Client): void => {
  client.receive({
    onBytes: () => {
      client.write(`${process.pid}\n`)
      return true
    },
    onEnd: () => client.close(),
    onBroken: () => {},
  })
}

if (way === 'inherited') {
  const { openStreamsEngine } = await loadEngine('streams/streams-engine')
  openStreamsEngine().listen(INHERITED_DESCRIPTOR, answer, { onAcceptError: () => {} })
} else {
  const { PeerSocket } = await loadEngine('streams/peer-socket')
  const server = createServer(OPTIONS, (accepted) => answer(PeerSocket.adopt(accepted)))
  server.listen({ port: Number(port), host: '127.0.0.1', backlog: BACKLOG })
}
