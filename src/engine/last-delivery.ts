import { nowMs } from '../clock.ts'

/**
 * A sender is blocked once the receiver's buffer is full; one that has sent less goes on to read. A full buffer was seen
 * to hold from 29 KB on (Linux 6.18, tcp_rmem of 4096 131072 33554432).
 */
export const BLOCKED_FROM_BYTES = 16 * 1024

/** Longer than a retransmission takes on a short path (Linux: after 200 ms at least). */
const PATIENCE_MS = 300

/**
 * Watches the delivery to the living side after the other side has reset.
 *
 * A side that reads gets everything. But a side that itself sends to the one that has reset may be blocked in that call,
 * and only a RST ends the call: when it takes nothing more, it is reset.
 */
export class LastDelivery {
  #acknowledged = -1
  #sinceMs = 0

  /** Whether nothing was taken for a while. @param acknowledged bytes that the side has taken so far */
  hasStopped(acknowledged: number): boolean {
    if (acknowledged !== this.#acknowledged) {
      this.#acknowledged = acknowledged
      this.#sinceMs = nowMs()
    }
    return nowMs() - this.#sinceMs >= PATIENCE_MS
  }
}
