import type { AccessTable } from '../../config/networks/access-table.ts'
import { LimitedPlaces } from '../../serving/limited-places.ts'
import type { SharedMemory } from '../../serving/shared-memory.ts'
import type { ListenerState } from '../../serving/state.ts'
import type { Admission, Places } from './admit.ts'
import { Arrivals } from './limits/arrivals.ts'
import type { ClientTables } from './limits/client-tables.ts'

/** What the admissions of all listeners of a worker share. */
export interface AdmissionParts {
  /** The places that all listeners share. */
  readonly places: Places
  /** Where the workers count together. */
  readonly memory: SharedMemory | undefined
  readonly clientTables: ClientTables
  readonly workerCount: number
}

/** Whom a listener admits. It follows the listener's state: what changes decides about new connections. */
export class ListenerAdmission implements Admission {
  access: AccessTable | undefined
  arrivals: Arrivals | undefined
  onLimit: 'close' | undefined
  readonly listener: LimitedPlaces
  readonly worker: Places
  readonly #name: string
  readonly #parts: AdmissionParts

  constructor(name: string, parts: AdmissionParts) {
    this.listener = new LimitedPlaces(parts.memory, parts.workerCount)
    this.worker = parts.places
    this.#name = name
    this.#parts = parts
  }

  /** @throws Error if the table of clients cannot be mapped */
  follow(state: ListenerState): void {
    this.arrivals = this.#arrivalsFor(state)
    this.access = state.access
    this.onLimit = state.onLimit
    this.listener.follow(state)
  }

  /** Where all workers count together the limits are whole, else each worker has an equal share. */
  #arrivalsFor({ arrivals, limitCell }: ListenerState): Arrivals | undefined {
    if (arrivals === undefined) return undefined
    const { clientTables, memory, workerCount } = this.#parts
    if (memory && limitCell !== undefined && arrivals.inTable)
      return new Arrivals(arrivals, clientTables.shared(limitCell), 1)
    return new Arrivals(arrivals, clientTables.own(this.#name), workerCount)
  }
}
