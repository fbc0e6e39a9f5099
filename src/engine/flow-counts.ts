import { nowMs } from '../clock.ts'
import type { SendQueue } from '../system/sockets/send-queue.ts'
import type { Flow } from './engine.ts'
import type { GivenFlow } from './hand-over/given-relay.ts'
import type { ByteCount } from './meter.ts'

/** Per-direction counters, shared by both engines. */
export class FlowCounts implements Flow {
  bytes = 0
  firstByteMs = 0
  lastByteMs = nowMs()
  heldSinceMs = 0
  endedMs = 0
  /** Bytes that the receiver had acknowledged when its kernel was last asked. */
  #acknowledged = 0

  readonly #total: ByteCount

  constructor(total: ByteCount) {
    this.#total = total
  }

  protected get acknowledgedBefore(): number {
    return this.#acknowledged
  }

  /** Goes on with the counts of a flow that was given. They are in the totals of another process already. */
  protected goOnFrom({ bytes, firstByteMs, lastByteMs, heldSinceMs, endedMs, acknowledged }: GivenFlow): void {
    this.bytes = bytes
    this.firstByteMs = firstByteMs
    this.lastByteMs = lastByteMs
    this.heldSinceMs = heldSinceMs
    this.endedMs = endedMs
    this.#acknowledged = acknowledged
  }

  /** The receiver's kernel took bytes, of which `size` are not ours. */
  protected delivered(size: number): void {
    const now = nowMs()
    this.bytes += size
    this.#total.bytes += size
    this.lastByteMs = now
    if (this.firstByteMs === 0 && size > 0) this.firstByteMs = now
  }

  /** The receiver takes nothing now. */
  holds(): void {
    if (this.heldSinceMs === 0) this.heldSinceMs = nowMs()
  }

  /**
   * Books what the receiver has acknowledged since it was last asked about. Costs no call where it had acknowledged
   * everything, and nothing was delivered since.
   *
   * @param fd the receiving socket
   * @returns whether the receiver has yet to acknowledge bytes
   */
  protected bookAcknowledged(queue: SendQueue, fd: number): boolean {
    if (this.#acknowledged === this.bytes) return false
    const left = this.unacknowledged(queue, fd)
    const acknowledged = this.bytes - left
    if (acknowledged > this.#acknowledged) this.#acknowledgedMore(left, queue.sinceAcknowledgedMs(fd))
    this.#acknowledged = acknowledged
    return left > 0
  }

  /**
   * Bytes in the kernel's queue for the receiver.
   *
   * @param fd the receiving socket
   */
  protected unacknowledged(queue: SendQueue, fd: number): number {
    const unsent = queue.unsentBytes(fd)
    // The FIN is acknowledged last.
    return Math.max(0, this.endedMs === 0 ? unsent : unsent - 1)
  }

  /** A unix socket does not tell when: while some is left, its reader may have read just now. */
  #acknowledgedMore(left: number, sinceMs: number | undefined): void {
    if (sinceMs === undefined && left === 0) return
    this.lastByteMs = Math.max(this.lastByteMs, nowMs() - (sinceMs ?? 0))
  }
}
