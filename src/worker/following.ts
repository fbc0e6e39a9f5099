import type { LogConfig } from '../config/schema.ts'
import { applyPatch, type Patch } from '../serving/plan.ts'
import { type Drain, NOTHING_SERVED, type ServingState } from '../serving/state.ts'

/** The worker's reactions while it follows the primary's state. */
export interface FollowerEvents {
  /** Serve the state from now on. */
  apply(state: ServingState): Promise<void>
  /** The state is served. */
  onServed(version: number): void
  /** The state of this version could not be served; the previous one stays in effect. */
  onFailed(version: number, error: Error): void
  /** A patch was lost: the whole state is needed. */
  onGap(): void
  /** The worker must drain. Called at once, whatever is being applied, and again if there is less time. */
  onDraining(draining: Drain): void
  /** What is logged while the worker drains: of all else nothing is applied any more. */
  onLog(log: LogConfig): void
}

/** Follows the primary's state: takes patches in order, and applies the newest state, one at a time. */
export class StateFollower {
  readonly #events: FollowerEvents
  #target: ServingState = NOTHING_SERVED
  /** The version that was applied last, or could not be. */
  #tried = NOTHING_SERVED.version
  #applying = false

  constructor(events: FollowerEvents) {
    this.#events = events
  }

  async take(patch: Patch): Promise<void> {
    const before = this.#target
    const target = applyPatch(before, patch)
    if (target === undefined) return this.#events.onGap()
    this.#target = target
    if (target.draining === undefined) return this.#apply()
    if (target.draining !== before.draining) this.#events.onDraining(target.draining)
    this.#events.onLog(target.log)
  }

  async #apply(): Promise<void> {
    if (this.#applying) return
    this.#applying = true
    // Patches that came while one was applied are applied together.
    while (this.#tried !== this.#target.version && this.#target.draining === undefined) {
      const state = this.#target
      this.#tried = state.version
      await this.#events.apply(state).then(
        () => this.#events.onServed(state.version),
        (error) => this.#events.onFailed(state.version, error),
      )
    }
    this.#applying = false
  }
}
