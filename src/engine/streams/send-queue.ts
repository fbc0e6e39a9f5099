import { readFile } from 'node:fs/promises'
import type net from 'node:net'

/** proc_pid_net(5): a line a socket, addresses and queue lengths in hex: `0: 0100007F:1F90 0100007F:D431 01 00000000:00000000 …` */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']
const LINE = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):/gm

const FIRST_PAUSE_MS = 2
const LONGEST_PAUSE_MS = 128

const waiting = new Map<string, { socket: net.Socket; resolve: () => void }[]>()
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
    const others = waiting.get(ports)
    if (others) others.push({ socket, resolve })
    else waiting.set(ports, [{ socket, resolve }])
    pauseMs = FIRST_PAUSE_MS
    if (!polling) void poll()
  })
}

const portsKey = (local: number, remote: number): string => (local * 65_536 + remote).toString(16)

const poll = async (): Promise<void> => {
  polling = true
  while (waiting.size > 0) {
    const unsent = await portsWithUnsentBytes()
    for (const [ports, entries] of waiting) {
      const still = entries.filter(({ socket }) => unsent.has(ports) && !socket.destroyed)
      for (const entry of entries) if (!still.includes(entry)) entry.resolve()
      if (still.length > 0) waiting.set(ports, still)
      else waiting.delete(ports)
    }
    if (waiting.size > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }
  polling = false
}

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
