import { DRAIN_AT_ONCE, type Drain } from '../../serving/state.ts'
import type { StateOwner } from '../state-owner.ts'
import { KillDeadline } from './kill-deadline.ts'
import { LEAVE_WITHIN_MS, type LeftWorker } from './replacing/leaving.ts'
import type { WorkerProcess } from './worker-process.ts'

const HURRIED_LEAVE_WITHIN_MS = 500

export interface DrainResult {
  readonly endedByThemselves: number
  readonly cutShort: number
}

/** Ends all workers at the end of the program. */
export class Stopping {
  readonly #workers: () => readonly WorkerProcess[]
  readonly #owner: Pick<StateOwner, 'edit'>
  readonly #killing: KillDeadline
  readonly #drained = { endedByThemselves: 0, cutShort: 0 }
  #onEmpty: () => void = () => {}

  constructor(workers: () => readonly WorkerProcess[], owner: Pick<StateOwner, 'edit'>) {
    this.#workers = workers
    this.#owner = owner
    this.#killing = new KillDeadline(workers)
  }

  /** Lets connections finish, cuts the rest short, and resolves when no worker is left. */
  async drain(draining: Drain): Promise<DrainResult> {
    this.#drainWorkers(draining)
    this.#killing.setIn(draining.withinMs + draining.spreadMs + LEAVE_WITHIN_MS)
    if (this.#workers().length > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve
      })
    }
    this.#killing.clear()
    return { ...this.#drained }
  }

  /** Cuts a drain short: living connections are ended at once. */
  hurry(): void {
    this.#drainWorkers(DRAIN_AT_ONCE)
    this.#killing.setIn(HURRIED_LEAVE_WITHIN_MS)
  }

  /** A worker has said how its connections ended. */
  drained({ endedByThemselves, cutShort }: LeftWorker): void {
    this.#drained.endedByThemselves += endedByThemselves
    this.#drained.cutShort += cutShort
  }

  /** A worker is gone. @param lost the connections that it still had */
  ended(lost: number): void {
    this.#drained.cutShort += lost
    if (this.#workers().length === 0) this.#onEmpty()
  }

  #drainWorkers(draining: Drain): void {
    this.#owner.edit((state) => ({ ...state, draining }))
    for (const worker of this.#workers()) worker.drains()
  }
}
