import type net from 'node:net'
import { nowMs } from '../../../clock.ts'
import { lookUpUnsent, portsKey } from './socket-tables.ts'

const FIRST_PAUSE_MS = 2
const LONGEST_PAUSE_MS = 128
/** With many sockets a look takes long: at least this many times as long is left to other work before the next one. */
const REST_A_LOOK = 4
/** Sockets that come and go while a table is read may hide another: only this many looks without it count. */
const MISSED_LOOKS = 2

interface WaitingSocket {
  readonly socket: net.Socket
  readonly ports: number
  readonly resolve: () => void
  missed: number
}

let waiting: WaitingSocket[] = []
let pauseMs = FIRST_PAUSE_MS
let restUntilMs = 0
let polling = false

/**
 * Resolves when everything written to the socket has been sent and acknowledged: a RST before that would throw it away.
 *
 * node:net cannot ask a socket for SIOCOUTQ (tcp(7)), so this reads the kernel's tables, once for all that wait. Where
 * there are no such tables (not Linux) it resolves soon, and the tail of the data may be lost with the reset.
 */
export const whenSent = (socket: net.Socket): Promise<void> => {
  const { localPort, remotePort } = socket
  if (socket.destroyed || localPort === undefined || remotePort === undefined) return Promise.resolve()
  const ports = portsKey(localPort, remotePort)
  return new Promise((resolve) => {
    waiting.push({ socket, ports, resolve, missed: 0 })
    pauseMs = FIRST_PAUSE_MS
    if (!polling) void poll()
  })
}

const poll = async (): Promise<void> => {
  polling = true
  while (waiting.length > 0) {
    await pauseUntil(restUntilMs)
    // A socket that begins to wait during the look is not part of it.
    const asked = waiting
    waiting = []
    const { unsent, tookMs } = await lookUpUnsent(new Set(asked.map(({ ports }) => ports)))
    restUntilMs = nowMs() + REST_A_LOOK * tookMs
    for (const entry of asked) {
      if (isSent(entry, unsent.get(entry.ports))) entry.resolve()
      else waiting.push(entry)
    }
    if (waiting.length > 0) await pauseUntil(nowMs() + pauseMs)
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }
  polling = false
}

const isSent = (entry: WaitingSocket, unsent: number | undefined): boolean => {
  if (entry.socket.destroyed || unsent === 0) return true
  if (unsent !== undefined) return false
  entry.missed += 1
  return entry.missed === MISSED_LOOKS
}

const pauseUntil = async (timeMs: number): Promise<void> => {
  const ms = timeMs - nowMs()
  if (ms > 0) await new Promise<void>((resolve) => setTimeout(resolve, ms))
}
