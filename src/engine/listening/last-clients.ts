import { setTimeout as pause } from 'node:timers/promises'
import { nowMs } from '../../clock.ts'

/** The time that a client whose handshake is under way has to complete it: one round trip. */
const HANDSHAKE_MS = 200
const LOOK_EVERY_MS = 10
/** Where clients keep coming: they would hold up the end for ever. */
const AT_MOST_MS = 1_000

/** A listening socket that is about to be closed. */
export interface EndingSocket {
  /** The number of clients that it has accepted. */
  readonly accepted: number
  readonly isClosed: boolean
}

/** A turn of the event loop. From the second call in a row on, the loop has polled every socket once meanwhile (libuv: uv_run()). */
const turn = (): Promise<void> => new Promise(setImmediate)

/**
 * Resolves once the socket has accepted its last clients: in a whole turn of the event loop none has come. node:net accepts
 * one client per turn, so closing at once would reset the rest of the queue.
 *
 * @param hasHandshakes whether new clients are held off, and only those that have begun to connect may still come
 */
export const lastClientsAccepted = async (
  socket: EndingSocket,
  hasHandshakes: boolean,
  withinMs: number,
): Promise<void> => {
  const beganMs = nowMs()
  const isBefore = (ms: number): boolean => !socket.isClosed && nowMs() - beganMs < Math.min(ms, withinMs)
  while (hasHandshakes && isBefore(HANDSHAKE_MS)) await pause(LOOK_EVERY_MS)
  await turn()
  for (let before = -1; before !== socket.accepted && isBefore(AT_MOST_MS); ) {
    before = socket.accepted
    await turn()
  }
}
