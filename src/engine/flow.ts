/** One direction of a relay as it stands now. The engine writes it, everybody else only reads. */
export interface Flow {
  /** Bytes delivered so far: those that the kernel has taken for the receiver. It may still be sending the last of them. */
  bytes: number
  /** `nowMs()` of the first delivery; 0 before it. */
  firstByteMs: number
  /** `nowMs()` of the last progress: the kernel took bytes, or the receiver is known to have acknowledged some; else of the relay's start. */
  lastByteMs: number
  /** Since when bytes wait for a receiver that does not take them, as `nowMs()`; 0 while none wait. */
  heldSinceMs: number
  /** `nowMs()` when the sender's FIN had been passed on; 0 while the direction is open. */
  endedMs: number
}
