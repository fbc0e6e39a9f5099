import { setTimeout as pause } from 'node:timers/promises'
import { nowMs } from '../../clock.ts'
import type { BothWays } from '../../engine/direction.ts'
import type { Living } from '../../proxy/living.ts'
import type { LivingConnection } from '../../proxy/record.ts'

/** Bytes per second. */
export type ConnectionRates = BothWays<number>

/** The bytes of a connection at a time. */
interface Sample extends BothWays<number> {
  readonly atMs: number
  /** As they were then. */
  readonly rates: ConnectionRates
}

/** Samples that nobody looks at any more are forgotten. */
const KEPT_MS = 10_000
/** The first look has nothing to compare with: it takes samples and waits so long. */
const FIRST_LOOK_MS = 100
/** A time too short to tell a rate. */
const LEAST_MS = 50

const NO_BYTES = { toUpstream: 0, toClient: 0 } as const

/**
 * How fast connections move bytes. It costs nothing while nobody looks: a look compares with the one before.
 */
export class Rates {
  readonly #living: Living<LivingConnection>
  #samples = new Map<number, Sample>()
  #forgetting: NodeJS.Timeout | undefined

  constructor(living: Living<LivingConnection>) {
    this.#living = living
  }

  /** Before a look. */
  async begin(): Promise<void> {
    if (this.#forgetting !== undefined) return
    this.#keep()
    for await (const connections of this.#living.slices()) {
      const now = nowMs()
      for (const connection of connections) this.take(connection, now)
    }
    await pause(FIRST_LOOK_MS)
  }

  /** Counts the bytes of a connection now. Returns how fast it was since the last look, or since it was accepted. */
  take({ record }: LivingConnection, now: number): ConnectionRates {
    const { acceptedMs, relay, sequence } = record
    relay?.refresh(now)
    const before = this.#samples.get(sequence) ?? { ...NO_BYTES, atMs: acceptedMs, rates: NO_BYTES }
    const ms = now - before.atMs
    if (ms < LEAST_MS) return before.rates
    const [toUpstream, toClient] = [relay?.toUpstream.bytes ?? 0, relay?.toClient.bytes ?? 0]
    const rates = {
      toUpstream: Math.round(((toUpstream - before.toUpstream) * 1000) / ms),
      toClient: Math.round(((toClient - before.toClient) * 1000) / ms),
    }
    this.#samples.set(sequence, { toUpstream, toClient, atMs: now, rates })
    return rates
  }

  /** After a look at all of them: those that were not met have ended. */
  end(): void {
    const now = nowMs()
    for (const [sequence, { atMs }] of this.#samples) if (now - atMs > KEPT_MS) this.#samples.delete(sequence)
    this.#keep()
  }

  #keep(): void {
    clearTimeout(this.#forgetting)
    this.#forgetting = setTimeout(() => {
      this.#samples = new Map()
      this.#forgetting = undefined
    }, KEPT_MS).unref()
  }
}
