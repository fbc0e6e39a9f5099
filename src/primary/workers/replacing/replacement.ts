import type { Logger } from 'pino'
import { holdsWithin } from '../../../clock.ts'
import type { ToPrimary } from '../../../ipc/messages.ts'
import type { Drain } from '../../../serving/state.ts'
import type { StateOwner } from '../../state-owner.ts'
import type { Slot } from '../slot.ts'
import { sayNotReplaced, saySuccessor } from '../worker-news.ts'
import type { WorkerEnd, WorkerProcess } from '../worker-process.ts'
import type { Leaving } from './leaving.ts'

/** What became of a replacement. */
export interface Replaced {
  /** How many workers have a successor that serves. */
  readonly replaced: number
  /** Why the others go on; undefined if all were replaced. */
  readonly failure?: string
}

export interface ReplacementParts {
  readonly slots: readonly Slot[]
  readonly leaving: Leaving
  readonly owner: Pick<StateOwner, 'state' | 'versionOf'>
  readonly logger: Logger
  /** The time that the connections of a worker that leaves have. */
  drain(): Drain
  /** The address where a worker takes the connections of others; undefined if it takes none. */
  takerAddress(worker: WorkerProcess): Promise<string | undefined>
}

/** A worker that is to take the place of another. */
interface Successor {
  readonly worker: WorkerProcess
  /** The version that was the newest when it became ready: it must have it. */
  version?: number
  /** Why it cannot serve, in its own words. */
  reason?: string
  settle(failure?: string): void
}

/** A worker without connections leaves in a moment. */
const PLACE_WITHIN_MS = 1_000

/** Most often what can move has moved, and the old worker has left, long before. */
const HAND_OVER_MS = 500

const STOPPING = 'copyloop is stopping'

/**
 * Replaces workers one after another: the new one first, and once it serves, the old one leaves. Its connections drain
 * while others are replaced. If a new one does not come to serve, the old one goes on as if nothing had been.
 */
export class Replacement {
  readonly #parts: ReplacementParts
  #last: Promise<unknown> = Promise.resolve()
  #successor: Successor | undefined
  #isStopped = false

  constructor(parts: ReplacementParts) {
    this.#parts = parts
  }

  /** Replaces all that live now, until one cannot be. */
  all(): Promise<Replaced> {
    const { slots } = this.#parts
    const old = slots.map(({ worker }) => worker)
    return this.#alone(async () => {
      let replaced = 0
      for (const [index, slot] of slots.entries()) {
        // Who has died meanwhile, or is about to start, has a new worker in its place anyway.
        if (slot.worker !== old[index] || !isServing(slot)) continue
        const failure = await this.#replace(slot)
        if (failure !== undefined) return { replaced, failure }
        replaced += 1
      }
      return { replaced }
    })
  }

  /** Replaces this one. */
  one(worker: WorkerProcess): Promise<Replaced> {
    return this.#alone(async () => {
      const slot = this.#parts.slots.find((each) => each.worker === worker)
      if (slot === undefined) return { replaced: 0 }
      const failure = await this.#replace(slot)
      return failure === undefined ? { replaced: 1 } : { replaced: 0, failure }
    })
  }

  /** Whether this one is to take the place of another. */
  isSuccessor(worker: WorkerProcess): boolean {
    return this.#successor?.worker === worker
  }

  /** Each message of each worker, once the owner of the state has it. */
  heard(worker: WorkerProcess, message: ToPrimary): void {
    const successor = this.#successor
    if (successor?.worker !== worker) return
    const { owner } = this.#parts
    if (message.kind === 'cannotServe') successor.reason = message.reason
    if (message.kind === 'ready') successor.version = owner.state.version
    if (successor.version === undefined) return
    // It serves. A change that it cannot apply, the others cannot apply either.
    if (message.kind === 'cannotApply' || owner.versionOf(worker) >= successor.version) successor.settle()
  }

  ended(worker: WorkerProcess, { says }: WorkerEnd): void {
    const successor = this.#successor
    if (successor?.worker === worker) successor.settle(successor.reason ?? `it ended before it could serve: ${says}`)
  }

  /** From now on nothing is replaced: all drain. */
  stop(): void {
    this.#isStopped = true
    this.#successor?.settle(STOPPING)
  }

  #alone<Result>(what: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(what)
    this.#last = result.catch(() => {})
    return result
  }

  /** @returns why it could not be replaced; undefined if it was */
  async #replace(slot: Slot): Promise<string | undefined> {
    const { leaving, logger, drain, takerAddress } = this.#parts
    const old = slot.worker
    old?.send({ kind: 'guard', isOn: true })
    const failure = (await this.#refusal()) ?? (await this.#succeed(slot))
    const taker = slot.next && (await takerAddress(slot.next))
    if (failure !== undefined) {
      old?.send({ kind: 'guard', isOn: false })
      if (old && slot.worker === old && !this.#isStopped) sayNotReplaced(logger, old, failure)
      return failure
    }
    // The old one may have died meanwhile: then the new one has its place already.
    const before = slot.next && slot.adoptNext()
    if (before === undefined || slot.worker === undefined) return undefined
    leaving.begin(before, drain(), taker)
    saySuccessor(logger, slot.worker, before)
    // The next process would compete for a core with connections that stand still.
    if (taker !== undefined) await holdsWithin(HAND_OVER_MS, () => this.#isStopped || !leaving.has(before))
    return undefined
  }

  async #refusal(): Promise<string | undefined> {
    const { leaving, slots } = this.#parts
    // There are twice as many places as workers.
    const isPlaceLeft = () => leaving.workers.length < slots.length
    const isReady = await holdsWithin(PLACE_WITHIN_MS, () => this.#isStopped || isPlaceLeft())
    if (this.#isStopped) return STOPPING
    if (isReady) return undefined
    return `${leaving.workers.length} replaced earlier still drain, and there is no place for more; try again once they have left`
  }

  /** Starts the next worker of the slot. @returns why it does not come to serve; undefined once it does */
  async #succeed(slot: Slot): Promise<string | undefined> {
    const failure = await new Promise<string | undefined>((settle) => {
      const worker = slot.startNext((error) => settle(`a worker cannot be started: ${error.message}`))
      this.#successor = worker && { worker, settle }
    })
    this.#successor = undefined
    return failure
  }
}

const isServing = ({ worker }: Slot): boolean => worker !== undefined && worker.state !== 'starting'
