import type { RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** A client that pipelines more is closed: an honest one waits for its answers. */
const MOST_WAITING = 16

/** Whether the requests before it, on the same connection, still wait for their answers: Node gives it its socket later. */
export const isPipelined = (response: ServerResponse): boolean => response.socket === null

/** Calls `act` when all answers before it, on the same connection, have been handed to the system. */
export const whenItsTurn = (response: ServerResponse, act: () => void): void => {
  if (isPipelined(response)) response.once('socket', act)
  else act()
}

/**
 * Answers the requests of each connection one after the other. Node itself parses all that are pipelined at once, and would
 * have them all answered at once, however many there are and whether or not their client reads.
 */
export const oneAtATime = (answer: RequestListener): RequestListener => {
  const waiting = new WeakMap<Socket, number>()
  return (request, response) => {
    const { socket } = request
    // What the parser still had when the connection was closed.
    if (socket.destroyed) return
    if (!isPipelined(response)) return answer(request, response)
    const count = (waiting.get(socket) ?? 0) + 1
    if (count > MOST_WAITING) {
      socket.destroy()
      return
    }
    waiting.set(socket, count)
    whenItsTurn(response, () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1)
      // Other connections come first.
      setImmediate(() => {
        if (!socket.destroyed) answer(request, response)
      })
    })
  }
}
