/**
 * A dial to a port of this host that nobody listens on may be given that very port as its own. Then it connects to itself
 * (a simultaneous open, RFC 9293 section 3.5), and the client would get its own bytes back. Both engines take it for the
 * refusal that it should have been, and dial again.
 */
import { readFileSync } from 'node:fs'
import { nowMs } from '../clock.ts'

/** So many in a row, and the dial is refused. */
export const MOST_SELF_CONNECTS = 3

const RANGE = '/proc/sys/net/ipv4/ip_local_port_range'
const READ_AGAIN_AFTER_MS = 10_000
/** Where the system does not tell. */
let [first, last] = [0, 65_535]
let readMs = Number.NEGATIVE_INFINITY

/** Whether the system gives this port to connections (ip(7) ip_local_port_range; IPv6 has the same): only then ask which it gave. */
export const mayConnectToItself = (port: number): boolean => {
  if (nowMs() - readMs > READ_AGAIN_AFTER_MS) readRange()
  return port >= first && port <= last
}

const readRange = (): void => {
  readMs = nowMs()
  try {
    const [low = 0, high = 65_535] = readFileSync(RANGE, 'latin1').split('\t').map(Number)
    first = low
    last = high
  } catch {
    // Not Linux, or no descriptor is left to read it with: every dial is looked at, or as before.
  }
}

export const refusedBySelfConnect = (): NodeJS.ErrnoException =>
  Object.assign(new Error('connect ECONNREFUSED: it connected to itself'), {
    code: 'ECONNREFUSED',
    errno: -111,
    syscall: 'connect',
  })
