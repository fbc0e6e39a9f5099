import type { ToPrimary } from '../../../ipc/messages.ts'
import type { Drain } from '../../../serving/state.ts'
import { KillDeadline } from '../kill-deadline.ts'
import type { WorkerEnd, WorkerProcess } from '../worker-process.ts'

/** How long after the drain's deadline a worker may take to exit, before it is killed. */
export const LEAVE_WITHIN_MS = 2_000

/** How a worker has left, which has said so with its last message. */
export type LeftWorker = Pick<Extract<ToPrimary, { kind: 'drained' }>, 'endedByThemselves' | 'cutShort' | 'handedOver'>

interface LeavingWorker {
  readonly killing: KillDeadline
  drained: LeftWorker | undefined
}

/** The workers whose place others have taken: they accept no clients any more, and end once their connections have. */
export class Leaving {
  readonly #workers = new Map<WorkerProcess, LeavingWorker>()

  get workers(): WorkerProcess[] {
    return [...this.#workers.keys()]
  }

  has(worker: WorkerProcess): boolean {
    return this.#workers.has(worker)
  }

  /** @param taker the address where another worker takes its connections */
  begin(worker: WorkerProcess, draining: Drain, taker: string | undefined): void {
    const killing = new KillDeadline(() => [worker])
    this.#workers.set(worker, { killing, drained: undefined })
    worker.leaves(draining, taker)
    killing.setIn(draining.withinMs + draining.spreadMs + LEAVE_WITHIN_MS)
  }

  /** Its last message has come. */
  drained(worker: WorkerProcess, { endedByThemselves, cutShort, handedOver }: LeftWorker): void {
    const leaving = this.#workers.get(worker)
    if (leaving) leaving.drained = { endedByThemselves, cutShort, handedOver }
  }

  /** @returns how it has left; undefined if it is none of these, or died on the way */
  ended(worker: WorkerProcess, { how }: WorkerEnd): LeftWorker | undefined {
    const leaving = this.#workers.get(worker)
    this.#workers.delete(worker)
    leaving?.killing.clear()
    return how === 'exit' ? leaving?.drained : undefined
  }
}
