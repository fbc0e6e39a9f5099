/**
 * A dial to a port of this host without a listener may get that very port as its own. It then connects to itself (a
 * simultaneous open, RFC 9293 section 3.5), and the client would get its own bytes back. Both engines treat it as the
 * refusal that it should have been, and dial again.
 */
import { readFileSync } from 'node:fs'
import { nowMs } from '../clock.ts'
import { type Address, formatAddress } from '../config/fields/address.ts'

/** After this many in a row the dial counts as refused. */
export const MOST_SELF_CONNECTS = 3

const RANGE = '/proc/sys/net/ipv4/ip_local_port_range'
const READ_AGAIN_AFTER_MS = 10_000
/** Used if the system's range is not known. */
let [first, last] = [0, 65_535]
let readMs = Number.NEGATIVE_INFINITY

/** Whether the system gives this port to connections (ip(7) ip_local_port_range, also for IPv6); only such a dial is checked. */
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
    // Not Linux, or no descriptor is left to read it: every dial is checked, or the previous range is used.
  }
}

export const refusedBySelfConnect = (address: Address): NodeJS.ErrnoException =>
  Object.assign(new Error(`connect ECONNREFUSED ${formatAddress(address)}: it connected to itself`), {
    code: 'ECONNREFUSED',
    errno: -111,
    syscall: 'connect',
  })
