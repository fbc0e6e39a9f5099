import type { BothWays } from './direction.ts'

/** Bytes that were delivered in one direction, of many relays together. */
export interface ByteCount {
  bytes: number
}

/** Where relays count what they deliver, each chunk as it is delivered. Whoever reads a count may set it back to zero. */
export type Meter = BothWays<ByteCount>

export const newMeter = (): Meter => ({ toUpstream: { bytes: 0 }, toClient: { bytes: 0 } })
