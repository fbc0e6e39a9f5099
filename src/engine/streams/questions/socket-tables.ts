import { closeSync, openSync, readSync } from 'node:fs'

/** proc_pid_net(5): a line a socket, addresses and queue lengths in hex: `0: 0100007F:1F90 0100007F:D431 01 00000000:00000000 …` */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']
const LINE = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):/gm

/**
 * A read(2) gives one page of the table, however large the buffer is. Sockets in TIME_WAIT are in it as well, so it may
 * have 10 MB. With one job per page for libuv's threads, each waiting for its turn of a busy loop, that takes half a minute.
 */
const buffer = Buffer.allocUnsafeSlow(16 * 1024)
/** What is read in one turn of the event loop. */
const TURN_MS = 1

/** A connection by its two ports. That is enough: a wrong match only waits a little longer. */
export const portsKey = (local: number, remote: number): number => local * 65_536 + remote

export interface Look {
  /** Bytes that the kernel has not sent, or the receiver not acknowledged, for each wanted connection that there is. */
  readonly unsent: ReadonlyMap<number, number>
  /** How long the look kept this thread busy. */
  readonly tookMs: number
}

/** Looks the wanted connections up in the kernel's tables, in turns with whatever else the loop has to do. */
export const lookUpUnsent = async (wanted: ReadonlySet<number>): Promise<Look> => {
  const unsent = new Map<number, number>()
  let tookMs = 0
  let beganMs = performance.now()
  const turnMs = (): number => performance.now() - beganMs
  for (const page of pages()) {
    note(page, wanted, unsent)
    if (turnMs() < TURN_MS) continue
    tookMs += turnMs()
    await new Promise<void>((resolve) => setImmediate(resolve))
    beganMs = performance.now()
  }
  return { unsent, tookMs: tookMs + turnMs() }
}

/** The tables, page by page. A missing table (not Linux, no IPv6), or one that cannot be opened, counts as empty. */
function* pages(): Generator<string> {
  for (const table of TABLES) {
    let file: number | undefined
    try {
      file = openSync(table, 'r')
      for (let page = readPage(file); page !== ''; page = readPage(file)) yield page
    } catch {
      // Pages that were read count; sockets on the others count as not seen.
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }
}

/** Whole lines: the kernel keeps one that does not fit for the next read (seq_read_iter() in fs/seq_file.c). */
const readPage = (file: number): string => buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, null))

const note = (page: string, wanted: ReadonlySet<number>, unsent: Map<number, number>): void => {
  for (const [, local = '', remote = '', queued = ''] of page.matchAll(LINE)) {
    const ports = portsKey(Number.parseInt(local, 16), Number.parseInt(remote, 16))
    if (wanted.has(ports)) unsent.set(ports, Math.max(unsent.get(ports) ?? 0, Number.parseInt(queued, 16)))
  }
}
