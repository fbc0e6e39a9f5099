import { nowMs } from '../clock.ts'

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
