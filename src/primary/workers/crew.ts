import type { Config } from '../../config/schema.ts'
import type { ToPrimary } from '../../ipc/messages.ts'
import { placesFor } from '../../serving/shared-memory.ts'
import { Leaving, type LeftWorker } from './replacing/leaving.ts'
import { type MemoryWatch, watchMemory } from './replacing/memory-watch.ts'
import { Places } from './replacing/places.ts'
import { Replacement, type ReplacementParts } from './replacing/replacement.ts'
import type { Slot } from './slot.ts'
import type { WorkerRole } from './worker-news.ts'
import type { WorkerEnd, WorkerProcess } from './worker-process.ts'

interface CrewParts extends Omit<ReplacementParts, 'slots' | 'leaving' | 'drain'> {
  /** Of the config that is in effect. */
  settings(): Pick<Config, 'drainTimeoutMs' | 'drainSpreadMs' | 'workerMemoryBytes'>
}

/** A worker that has ended. */
interface EndedWorker {
  readonly role: WorkerRole
  readonly place: number
  /** If another had taken its place, and it left as it was told to. */
  readonly left: LeftWorker | undefined
}

/** All workers that live: those of the slots, those that are to be next, and those that were replaced and drain. */
export class Crew {
  readonly slots: readonly Slot[]
  readonly replacement: Replacement
  readonly #leaving = new Leaving()
  readonly #places: Places
  readonly #memory: MemoryWatch<Slot>

  constructor(slots: readonly Slot[], parts: CrewParts) {
    this.slots = slots
    this.#places = new Places(placesFor(slots.length))
    const { logger, settings } = parts
    const drain = () => ({ withinMs: settings().drainTimeoutMs, spreadMs: settings().drainSpreadMs })
    this.replacement = new Replacement({ ...parts, drain, slots, leaving: this.#leaving })
    this.#memory = watchMemory(this.replacement, () => settings().workerMemoryBytes, logger)
  }

  get all(): WorkerProcess[] {
    return [...this.slots.flatMap(({ worker, next }) => [worker ?? [], next ?? []].flat()), ...this.#leaving.workers]
  }

  /** How many accept clients, or will once they have started. */
  get present(): number {
    return this.slots.filter(({ worker }) => worker !== undefined).length
  }

  began(worker: WorkerProcess): void {
    this.#places.take(worker.id)
  }

  placeOf(worker: WorkerProcess): number {
    return this.#places.of(worker.id)
  }

  /** Each message of each worker, once the owner of the state has it. */
  heard(worker: WorkerProcess, message: ToPrimary): void {
    if (message.kind === 'drained') this.#leaving.drained(worker, message)
    this.replacement.heard(worker, message)
    if (message.kind !== 'report' || worker.state !== 'serving') return
    const slot = this.slots.find((each) => each.worker === worker)
    if (slot) this.#memory.reported(slot, worker)
  }

  ended(worker: WorkerProcess, end: WorkerEnd): EndedWorker {
    const role = this.#roleOf(worker)
    const place = this.placeOf(worker)
    this.#places.leave(worker.id)
    this.replacement.ended(worker, end)
    return { role, place, left: this.#leaving.ended(worker, end) }
  }

  #roleOf(worker: WorkerProcess): WorkerRole {
    if (this.#leaving.has(worker)) return 'leaving'
    return this.replacement.isSuccessor(worker) ? 'successor' : 'present'
  }
}
