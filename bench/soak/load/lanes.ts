import type { NetConnectOpts } from 'node:net'
import { Queue } from './queue.ts'

/** A listener, as a client sees it. */
export interface Lane {
  readonly listener: string
  readonly target: NetConnectOpts
}

/**
 * The listeners of one road. The log line of a client on TCP is found by its address. A unix client has none: there a
 * lane is taken by one connection at a time, until its line is found.
 */
export class Lanes {
  readonly #lanes: readonly Lane[]
  readonly #free: Queue<Lane> | undefined

  constructor(lanes: readonly Lane[], exclusive: boolean) {
    this.#lanes = lanes
    if (!exclusive) return
    this.#free = new Queue()
    for (const lane of lanes) this.#free.push(lane)
  }

  async take(): Promise<Lane> {
    if (this.#free) return this.#free.next()
    const [lane] = this.#lanes
    if (lane === undefined) throw new Error('a road has no listener')
    return lane
  }

  giveBack(lane: Lane): void {
    this.#free?.push(lane)
  }
}
