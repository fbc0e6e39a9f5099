import { nowMs } from '../../clock.ts'
import { descriptorsOf, type GivenRelay } from '../../engine/hand-over/given-relay.ts'
import type { LivingConnection } from '../../proxy/record.ts'
import { closeDescriptors } from '../../system/descriptor.ts'
import { Silences } from './silences.ts'

interface Entry {
  readonly connection: LivingConnection
  readonly given: GivenRelay
  readonly sinceMs: number
}

/** Connections that stand still: they were given, and the taker has not said that it has them. The oldest first. */
export class InFlight {
  readonly silences = new Silences()
  readonly #entries: Entry[] = []

  get size(): number {
    return this.#entries.length
  }

  /** @param sinceMs `nowMs()`, when it stood still */
  add(connection: LivingConnection, given: GivenRelay, sinceMs: number): void {
    this.#entries.push({ connection, given, sinceMs })
  }

  /** The taker has the oldest `count`. Returns how many there were. */
  taken(count: number): number {
    const now = nowMs()
    const taken = this.#entries.splice(0, count)
    for (const { connection, given, sinceMs } of taken) {
      closeAll(given)
      this.silences.add(now - sinceMs)
      connection.handedOver()
    }
    return taken.length
  }

  /** The taker is gone. It may have moved bytes of them, so they cannot go on here. Returns how many there were. */
  lost(error: Error): number {
    const lost = this.#entries.splice(0)
    for (const { connection, given } of lost) {
      closeAll(given)
      connection.lost(error)
    }
    return lost.length
  }
}

/** While another process has them open too this ends nothing; else the sockets are reset: `give` has seen to that. */
const closeAll = (given: GivenRelay): void => closeDescriptors(descriptorsOf(given))
