import { nowMs } from '../clock.ts'

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
