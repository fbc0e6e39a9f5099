import { readFile } from 'node:fs/promises'
import type net from 'node:net'
import { nowMs } from '../now.ts'

/** proc_pid_net(5): a line a socket, addresses and queue lengths in hex: `0: 0100007F:1F90 0100007F:D431 01 00000000:00000000 …` */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']
const LINE = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):/gm

const FIRST_PAUSE_MS = 2
const LONGEST_PAUSE_MS = 128
/** Where there are many sockets a look takes long: at least so many times as long is left to others. */
const PAUSE_A_LOOK = 4

interface Waiting {
  readonly socket: net.Socket
  readonly ports: string
  readonly resolve: () => void
}

let waiting: Waiting[] = []
let pauseMs = FIRST_PAUSE_MS
let polling = false

/**
 * Resolves when everything written to the socket has been sent and acknowledged: a RST before that would throw it away.
 *
 * node:net cannot ask a socket for SIOCOUTQ (tcp(7)), so this reads the kernel's tables, once for all that wait. Where
 * there are no such tables (not Linux) it resolves at once, and the tail of the data may be lost with the reset.
 */
export const whenSent = (socket: net.Socket): Promise<void> => {
  const { localPort, remotePort } = socket
  if (socket.destroyed || localPort === undefined || remotePort === undefined) return Promise.resolve()
  const ports = portsKey(localPort, remotePort)
  return new Promise((resolve) => {
    waiting.push({ socket, ports, resolve })
    pauseMs = FIRST_PAUSE_MS
    if (!polling) void poll()
  })
}

const portsKey = (local: number, remote: number): string => (local * 65_536 + remote).toString(16)

const poll = async (): Promise<void> => {
  polling = true
  while (waiting.length > 0) {
    // Who begins to wait during the look is not in what it saw.
    const asked = waiting
    waiting = []
    const beganMs = nowMs()
    const unsent = await portsWithUnsentBytes()
    for (const entry of asked) {
      if (unsent.has(entry.ports) && !entry.socket.destroyed) waiting.push(entry)
      else entry.resolve()
    }
    if (waiting.length > 0) await pause(Math.max(pauseMs, PAUSE_A_LOOK * (nowMs() - beganMs)))
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }
  polling = false
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Ports alone name a connection well enough: a wrong match only waits a little longer. */
const portsWithUnsentBytes = async (): Promise<Set<string>> => {
  const found = new Set<string>()
  for (const table of TABLES) {
    const text = await readFile(table, 'latin1').catch(() => '')
    for (const [, local = '', remote = '', sendQueue = ''] of text.matchAll(LINE)) {
      if (Number.parseInt(sendQueue, 16) > 0)
        found.add(portsKey(Number.parseInt(local, 16), Number.parseInt(remote, 16)))
    }
  }
  return found
}
