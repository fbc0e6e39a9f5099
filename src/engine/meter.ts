/** Bytes delivered in one direction, summed over many relays. */
export interface ByteCount {
  bytes: number
}

/** Relays count each chunk here as they deliver it. The reader of a count may reset it to zero. */
export interface Meter {
  readonly toUpstream: ByteCount
  readonly toClient: ByteCount
}

export const newMeter = (): Meter => ({ toUpstream: { bytes: 0 }, toClient: { bytes: 0 } })
