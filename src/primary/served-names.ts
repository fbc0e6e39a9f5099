import type { ServingState } from '../serving/state.ts'
import type { KnownNames } from './workers/totals-by-worker.ts'

/** The names that are or were served: a removed listener is still counted until its last connection has ended. */
export class ServedNames implements KnownNames {
  readonly #listeners = new Set<string>()
  readonly #upstreams = new Set<string>()

  note({ listeners, upstreams }: ServingState): void {
    for (const name of listeners.keys()) this.#listeners.add(name)
    for (const name of upstreams.keys()) this.#upstreams.add(name)
  }

  hasListener(name: string): boolean {
    return this.#listeners.has(name)
  }

  hasUpstream(name: string): boolean {
    return this.#upstreams.has(name)
  }
}
