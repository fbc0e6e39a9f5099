/**
 * Keeps room in the admin for whoever asks next, whatever other clients do:
 *
 * - Of the connections that owe a request (idle, slow or kept alive), 64 may stay. Others have a second to ask, also while
 *   thousands connect: only if more than 1,024 owe one, the oldest are closed before that.
 * - Of the connections that are answered, 64 may stay. More than that do not take their answers, or ask too much. Streams
 *   count among them and are not closed.
 *
 * Whoever has been so for the longest time goes first.
 */
import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { openFilesLimit } from '../../system/open-files.ts'
import type { Streams } from './streams.ts'

const MOST = 64
const TIME_TO_ASK_MS = 1_000
const LOOK_AGAIN_MS = 100
/** Fewer where the primary may open few files: they are for its own work. */
const MOST_NEW = Math.min(1_024, Math.floor(openFilesLimit() / 4))

/** What a connection has been at since then: the answer to its last request, unless that is done. */
interface Place {
  readonly sinceMs: number
  readonly answer: ServerResponse | undefined
}

export const keepRoom = (server: Server, streams: Pick<Streams, 'has'>): void => {
  /** Every open connection, the one with the latest change last. */
  const places = new Map<Socket, Place>()
  let willLook = false

  const put = (socket: Socket, answer?: ServerResponse): void => {
    places.delete(socket)
    places.set(socket, { sinceMs: performance.now(), answer })
    // A request without a body is complete by then.
    if (places.size > MOST) process.nextTick(makeRoom)
  }
  const makeRoom = (): void => {
    const owing = [...places].filter(([, place]) => owesRequest(place))
    const tooMany = owing.slice(0, -MOST)
    const lateMs = performance.now() - TIME_TO_ASK_MS
    const leaving = tooMany.filter(([, { sinceMs }], index) => sinceMs <= lateMs || index < owing.length - MOST_NEW)
    for (const [socket] of leaving) close(socket)
    if (leaving.length < tooMany.length) lookAgain()

    const answered = [...places].filter(([, place]) => !owesRequest(place))
    const ending = answered.filter(([, { answer }]) => answer !== undefined && !streams.has(answer))
    for (const [socket] of ending.slice(0, Math.max(0, answered.length - MOST))) close(socket)
  }
  const close = (socket: Socket): void => {
    // Its `close` event comes later, and until then more connections may come.
    places.delete(socket)
    socket.destroy()
  }
  const lookAgain = (): void => {
    if (willLook) return
    willLook = true
    setTimeout(() => {
      willLook = false
      makeRoom()
    }, LOOK_AGAIN_MS).unref()
  }

  server.on('connection', (socket: Socket) => {
    put(socket)
    socket.once('close', () => places.delete(socket))
  })
  server.on('request', ({ socket }, answer) => {
    if (!places.has(socket)) return
    put(socket, answer)
    answer.once('close', () => {
      if (places.get(socket)?.answer === answer) put(socket)
    })
  })
}

/** Until its body is complete. */
const owesRequest = ({ answer }: Place): boolean => answer?.req.complete !== true
