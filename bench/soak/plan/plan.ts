import { lasting } from './lasting.ts'
import { Random } from './random.ts'
import type { Feature, Road } from './road.ts'

/** One thing that a side does; the next one begins when it is done. */
export type Step =
  /** In pieces of up to `piece` bytes. */
  | { readonly does: 'send'; readonly bytes: number; readonly piece: number }
  /** The next byte, with MSG_OOB. */
  | { readonly does: 'urgent' }
  | { readonly does: 'pause'; readonly ms: number }
  /** Until that many bytes have arrived, or no more can. */
  | { readonly does: 'await'; readonly bytes: number }
  /** Until the other side's end has arrived. */
  | { readonly does: 'awaitEnd' }
  /** Until the kernel at the other end of the socket has everything that was sent. */
  | { readonly does: 'settle' }
  | { readonly does: 'fin' }
  | { readonly does: 'reset' }

/** How a side reads. */
export type Reader =
  | { readonly reads: 'atOnce' }
  /** `bytes` at a time, and `ms` between. */
  | { readonly reads: 'slowly'; readonly bytes: number; readonly ms: number }
  /** Nothing at first. */
  | { readonly reads: 'late'; readonly ms: number }

export interface Side {
  readonly steps: readonly Step[]
  readonly reader: Reader
}

/** The plan of both sides of one connection. It is a function of the seed and the number. */
export interface Plan {
  readonly number: number
  readonly road: Road
  readonly client: Side
  /** Begins when the server has the client's number. A server that `resets` has no plan. */
  readonly server: Side
}

/** The client first sends its number; see load/byte-source.ts. */
export const HEAD_BYTES = 4

export interface PlanSettings {
  readonly seed: number
  readonly roads: readonly Road[]
  readonly without: ReadonlySet<Feature>
}

export const planOf = (number: number, { seed, roads, without }: PlanSettings): Plan => {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b))
  const road = random.pick(roads.flatMap((one) => Array<Road>(one.weight).fill(one)))
  const writer = new ScriptWriter(random, road, without)
  const plan = { number, road, ...writer.sides() }
  return without.has('lasting') ? plan : lasting(plan, random)
}

/** A connection's two scripts. */
class ScriptWriter {
  readonly #random: Random
  readonly #road: Road
  readonly #without: ReadonlySet<Feature>

  constructor(random: Random, road: Road, without: ReadonlySet<Feature>) {
    this.#random = random
    this.#road = road
    this.#without = without
  }

  sides(): { client: Side; server: Side } {
    const { manner } = this.#road
    const silent = manner === 'resets' || (manner === 'waits' && this.#may('silent', 0.03))
    const up = silent ? 0 : HEAD_BYTES + this.#size()
    const down = this.#size()
    // If both sides waited for the other's end, neither would ever end.
    const waits = this.#random.pick(['nobody', 'nobody', 'client', 'server', 'answer'] as const)
    const client = this.#sends('client', up)
    if (manner === 'greets') client.unshift({ does: 'await', bytes: 1 })
    if (manner === 'resets') client.push({ does: 'awaitEnd' })
    const server = this.#sends('server', down)
    if (waits === 'answer') server.unshift({ does: 'await', bytes: up })
    const resetting = this.#resetting()
    // A server that receives nothing answers a FIN: a silent client must send it without waiting.
    this.#end(client, waits === 'client' && !silent, resetting === 'client' || resetting === 'both')
    this.#end(server, waits === 'server', resetting === 'server' || resetting === 'both')
    return {
      client: { steps: client, reader: this.#reader(down) },
      server: { steps: server, reader: this.#reader(up) },
    }
  }

  #may(feature: Feature, probability: number): boolean {
    // Drawn in any case, so that `--without` does not change the rest of the plan.
    return this.#random.next() < probability && !this.#without.has(feature)
  }

  #resetting(): 'nobody' | 'client' | 'server' | 'both' {
    const who = this.#random.pick(['client', 'client', 'server', 'server', 'both'] as const)
    return this.#may('resets', 0.3) && this.#road.manner !== 'resets' ? who : 'nobody'
  }

  #size(): number {
    const most = this.#random.pick([64, 2048, 2048, 65_536, 65_536, 65_536, 65_536, 1_048_576, 1_048_576, 6_291_456])
    return this.#random.next() < 0.08 ? 0 : this.#random.size(most)
  }

  #sends(side: 'client' | 'server', total: number): Step[] {
    const steps: Step[] = []
    const isUnix = this.#road[side] === 'unix'
    const urgent = this.#may('urgent', 0.06) && !isUnix
    const parts = this.#random.pick([1, 1, 1, 2, 3, 5])
    for (let part = 0, left = total; part < parts && left > 0; part++) {
      const bytes = part === parts - 1 ? left : this.#random.between(1, left)
      steps.push({ does: 'send', bytes, piece: this.#piece(bytes) })
      left -= bytes
      if (urgent) steps.push({ does: 'urgent' })
      if (this.#random.next() < 0.5) steps.push({ does: 'pause', ms: this.#random.size(80) })
    }
    return steps
  }

  /** Never so small that there are more than some dozens of pieces. */
  #piece(bytes: number): number {
    return Math.max(Math.ceil(bytes / 100), this.#random.size(262_144))
  }

  #end(steps: Step[], waits: boolean, resets: boolean): void {
    if (waits) steps.push({ does: 'awaitEnd' })
    if (!resets) {
      steps.push({ does: 'fin' })
      return
    }
    const moment = this.#random.pick(['anywhere', 'anywhere', 'settled', 'afterFin', 'atOnce'] as const)
    if (moment === 'atOnce') steps.splice(0)
    if (moment === 'anywhere') steps.splice(this.#random.between(0, steps.length))
    if (moment === 'settled') steps.push({ does: 'settle' })
    if (moment === 'afterFin') steps.push({ does: 'fin' })
    if (this.#random.next() < 0.5) steps.push({ does: 'pause', ms: this.#random.size(50) })
    steps.push({ does: 'reset' })
  }

  #reader(total: number): Reader {
    const slow = this.#may('slow', 0.12)
    const late = this.#may('slow', 0.08)
    const ms = this.#random.size(40)
    if (slow) return { reads: 'slowly', bytes: Math.max(512, Math.ceil(total / 25)), ms }
    return late ? { reads: 'late', ms: ms * 10 } : { reads: 'atOnce' }
  }
}
