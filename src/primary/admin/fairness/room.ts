/**
 * Keeps room in the admin for whoever asks next, whatever other clients do:
 *
 * - Of the connections that owe a request (idle, slow or kept alive), 64 may stay. Others have a second to ask, also while
 *   thousands connect: only if there are more than 1,024, the oldest are closed before that.
 * - Of the connections whose client does not take its answer, 64 may stay. Streams of events end slow viewers themselves.
 *
 * Whoever has been so for the longest time goes first. A client that comes back when it is closed comes once a second, which
 * costs the primary little.
 */
import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { judgeIn, nowMs } from '../../../clock.ts'
import { openFilesLimit } from '../../../system/open-files.ts'
import type { EventStreams } from '../events/event-streams.ts'
import { whenItsTurn } from './one-at-a-time.ts'

const MOST = 64
const TIME_TO_ASK_MS = 1_000
const LOOK_AGAIN_MS = 100
/** Fewer where the primary may open few files: they are for its own work. */
const MOST_AT_ALL = Math.min(1_024, Math.floor(openFilesLimit() / 4))

/** What a connection has been at since then: the answer to its last request, unless that is done. */
interface Place {
  readonly sinceMs: number
  readonly answer: Answer
}

type Answer = ServerResponse | undefined

export const keepRoom = (server: Server, streams: Pick<EventStreams, 'has'>): void => {
  /** Every open connection, the one with the latest change last. */
  const places = new Map<Socket, Place>()
  let willLook = false

  const put = (socket: Socket, answer?: Answer): void => {
    places.delete(socket)
    places.set(socket, { sinceMs: nowMs(), answer })
    if (places.size > MOST_AT_ALL) closeOldest()
    if (places.size > MOST) lookSoon()
  }
  const lookSoon = (): void => {
    if (willLook) return
    willLook = true
    judgeIn(LOOK_AGAIN_MS, (now) => {
      willLook = false
      makeRoom(now)
      if (places.size > MOST) lookSoon()
    }).unref()
  }
  const makeRoom = (now: number): void => {
    const owing = [...places].filter(([, { answer }]) => owesRequest(answer))
    for (const [socket, { sinceMs }] of owing.slice(0, -MOST)) if (now - sinceMs >= TIME_TO_ASK_MS) close(socket)
    const untaken = [...places].filter(([, { answer }]) => isUntaken(answer) && !streams.has(answer))
    for (const [socket] of untaken.slice(0, -MOST)) close(socket)
  }
  const closeOldest = (): void => {
    for (const [socket, { answer }] of places) if (owesRequest(answer)) return close(socket)
  }
  const close = (socket: Socket): void => {
    // Its `close` event comes later, and until then more connections may come.
    places.delete(socket)
    socket.destroy()
  }

  server.on('connection', (socket: Socket) => {
    put(socket)
    socket.once('close', () => places.delete(socket))
  })
  server.on('request', ({ socket }, answer) => {
    whenItsTurn(answer, () => {
      if (!places.has(socket)) return
      put(socket, answer)
      answer.once('close', () => {
        if (places.get(socket)?.answer === answer) put(socket)
      })
    })
  })
}

/** Until its body is complete. */
const owesRequest = (answer: Answer): boolean => answer?.req.complete !== true

/** The system has no room for more of it. */
const isUntaken = (answer: Answer): answer is ServerResponse =>
  !owesRequest(answer) && (answer?.writableLength ?? 0) > 0
