import type { BothWays } from './direction.ts'

/** Bytes delivered in one direction, summed over many relays. */
export interface ByteCount {
  bytes: number
}

/** Relays count each chunk here as they deliver it. The reader of a count may reset it to zero. */
export type Meter = BothWays<ByteCount>

export const newMeter = (): Meter => ({ toUpstream: { bytes: 0 }, toClient: { bytes: 0 } })
