import type { BoundHandle } from '../../engine/engine.ts'

/**
 * The listening sockets that another copyloop has as well, while one takes over from the other. `shared`: both may come to
 * be the one that goes on. `given`: the other one goes on; ours stays open, so that we can go on again if it dies.
 */
export class SocketsElsewhere {
  readonly #states = new Map<BoundHandle, 'shared' | 'given'>()

  share(handles: readonly BoundHandle[]): void {
    for (const handle of handles) this.#states.set(handle, 'shared')
  }

  give(handles: readonly BoundHandle[]): void {
    for (const handle of handles) this.#states.set(handle, 'given')
  }

  /** They are ours alone again. */
  takeBack(handles: Iterable<BoundHandle> = [...this.#states.keys()]): void {
    for (const handle of handles) this.#states.delete(handle)
  }

  has(handle: BoundHandle): boolean {
    return this.#states.has(handle)
  }

  isGiven(handle: BoundHandle): boolean {
    return this.#states.get(handle) === 'given'
  }
}
