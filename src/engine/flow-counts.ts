import { nowMs } from '../clock.ts'
import type { Flow } from './engine.ts'

/** What every engine books of a direction, in one way. */
export class FlowCounts implements Flow {
  bytes = 0
  firstByteMs = 0
  lastByteMs = nowMs()
  heldSinceMs = 0
  endedMs = 0

  /** The receiver's kernel took `size` bytes. */
  protected delivered(size: number): void {
    const now = nowMs()
    this.bytes += size
    this.lastByteMs = now
    if (this.firstByteMs === 0) this.firstByteMs = now
  }

  /** The receiver takes nothing now. */
  holds(): void {
    if (this.heldSinceMs === 0) this.heldSinceMs = nowMs()
  }
}
