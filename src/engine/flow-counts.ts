import { nowMs } from '../clock.ts'
import type { Flow } from './engine.ts'
import type { ByteCount } from './meter.ts'

/** Per-direction counters, shared by both engines. */
export class FlowCounts implements Flow {
  bytes = 0
  firstByteMs = 0
  lastByteMs = nowMs()
  heldSinceMs = 0
  endedMs = 0

  readonly #total: ByteCount

  constructor(total: ByteCount) {
    this.#total = total
  }

  /** The receiver's kernel took `size` bytes. */
  protected delivered(size: number): void {
    const now = nowMs()
    this.bytes += size
    this.#total.bytes += size
    this.lastByteMs = now
    if (this.firstByteMs === 0) this.firstByteMs = now
  }

  /** The receiver takes nothing now. */
  holds(): void {
    if (this.heldSinceMs === 0) this.heldSinceMs = nowMs()
  }
}
