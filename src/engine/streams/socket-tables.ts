import { closeSync, openSync, readSync } from 'node:fs'

/** proc_pid_net(5): a line a socket, addresses and queue lengths in hex: `0: 0100007F:1F90 0100007F:D431 01 00000000:00000000 …` */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']
const LINE = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):/gm

/**
 * A read(2) gives a page of the table, however large the buffer is. Sockets in TIME_WAIT are in it as well, so that it may
 * be 10 MB: as one job a page for libuv's threads, each waiting for its turn of a busy loop, that takes half a minute.
 */
const buffer = Buffer.allocUnsafeSlow(16 * 1024)
/** What is read in one turn of the event loop. */
const TURN_MS = 1

/** A connection by its two ports: well enough, for a wrong match only waits a little longer. */
export const portsKey = (local: number, remote: number): number => local * 65_536 + remote

export interface Look {
  /** Bytes that the kernel has not sent, or the receiver not acknowledged, for each wanted connection that there is. */
  readonly unsent: ReadonlyMap<number, number>
  /** What the look took of this thread. */
  readonly tookMs: number
}

/** Looks the wanted connections up in the kernel's tables, in turns with whatever else the loop has to do. */
export const lookUpUnsent = async (wanted: ReadonlySet<number>): Promise<Look> => {
  const unsent = new Map<number, number>()
  let tookMs = 0
  for (const table of TABLES) {
    const file = open(table)
    if (file === undefined) continue
    for (let goesOn = true; goesOn; ) {
      const beganMs = performance.now()
      do goesOn = readPage(file, wanted, unsent)
      while (goesOn && performance.now() - beganMs < TURN_MS)
      tookMs += performance.now() - beganMs
      if (goesOn) await new Promise<void>((resolve) => setImmediate(resolve))
    }
    closeSync(file)
  }
  return { unsent, tookMs }
}

/** Undefined where there is no such table (not Linux, no IPv6), or no descriptor for it. */
const open = (table: string): number | undefined => {
  try {
    return openSync(table, 'r')
  } catch {
    return undefined
  }
}

/** False at the end of the table. */
const readPage = (file: number, wanted: ReadonlySet<number>, unsent: Map<number, number>): boolean => {
  // Whole lines: the kernel keeps one that does not fit for the next read (seq_read_iter() in fs/seq_file.c).
  const page = buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, null))
  for (const [, local = '', remote = '', queued = ''] of page.matchAll(LINE)) {
    const ports = portsKey(Number.parseInt(local, 16), Number.parseInt(remote, 16))
    if (wanted.has(ports)) unsent.set(ports, Math.max(unsent.get(ports) ?? 0, Number.parseInt(queued, 16)))
  }
  return page.length > 0
}
