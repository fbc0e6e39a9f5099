import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Lets at most `most` connections live, and has room for one more at any time: the oldest one that is not being
 * answered gives way, such as one that was only opened, or whose request never gets complete.
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
