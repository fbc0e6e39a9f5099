import { nowMs } from '../clock.ts'

/**
 * A sender is blocked when the buffer of whom it sends to is full; one that has sent less goes on to read. A full buffer
 * was seen to hold from 29 KB on (Linux 6.18, tcp_rmem of 4096 131072 33554432).
 */
export const BLOCKED_FROM_BYTES = 16 * 1024

/** Longer than it takes to send a lost segment again, where the way is short (Linux: after 200 ms at least). */
const PATIENCE_MS = 300

/**
 * Watches what a side is still given after the other has reset.
 *
 * A side that reads is given everything. But one that itself sends to the side that has reset may be blocked in that
 * call, and it hears of nothing but a RST: when it takes nothing more, it is told.
 */
export class LastDelivery {
  #acknowledged = -1
  #sinceMs = 0

  /** Whether nothing more was taken for a while. @param acknowledged bytes that the side has taken so far */
  hasStopped(acknowledged: number): boolean {
    if (acknowledged !== this.#acknowledged) {
      this.#acknowledged = acknowledged
      this.#sinceMs = nowMs()
    }
    return nowMs() - this.#sinceMs >= PATIENCE_MS
  }
}
