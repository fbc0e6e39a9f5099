import type { Socket } from 'node:net'
import { HEAD_BYTES } from '../plan/plan.ts'

/** A health check in the config: as long as a client's number, and larger than any. */
export const CHECK = { send: 'PING', expect: 'PONG' }

/** How long a server that flaps stays as it is. */
const FLAPS_EVERY_MS = 2_000

/** @param head the first HEAD_BYTES bytes of a connection */
export const isCheck = (head: Buffer): boolean => head.toString('latin1', 0, HEAD_BYTES) === CHECK.send

/** A road's first server passes every check. The second one flaps, and serves its clients all the while. */
export const answerCheck = (socket: Socket, index: number): void => {
  const passes = index === 0 || Math.floor(Date.now() / FLAPS_EVERY_MS) % 2 === 0
  socket.end(passes ? CHECK.expect : '')
}
