import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Keeps at most `most` connections open, and always accepts one more: it closes the oldest that is not being answered, such
 * as one without a request, or with a request that is never completed.
 */
export const keepRoom = (server: Server, most: number): void => {
  /** Each open connection, the oldest first, with the request that came last. */
  const requests = new Map<Socket, IncomingMessage | undefined>()
  server.on('connection', (socket: Socket) => {
    requests.set(socket, undefined)
    socket.once('close', () => requests.delete(socket))
    if (requests.size <= most) return
    const [waiting = socket] = [...requests].find(([, request]) => !request?.complete) ?? []
    waiting.destroy()
    // Its `close` comes later, and until then more may come.
    requests.delete(waiting)
  })
  server.on('request', (request, response) => {
    requests.set(request.socket, request)
    response.once('close', () => {
      if (requests.has(request.socket)) requests.set(request.socket, undefined)
    })
  })
}
