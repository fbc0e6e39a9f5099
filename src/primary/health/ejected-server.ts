import type { Address } from '../../config/fields/address.ts'
import { Check, type CheckPlan } from './check.ts'

/** What an ejected server's trial needs. */
export interface Trial {
  readonly address: Address
  readonly plan: CheckPlan
}

export interface EjectionEvents {
  /** The trial as it would be made now; undefined if the server has no address at the moment. */
  trial(): Trial | undefined
  /** How long it takes until the next trial. */
  nextInMs(): number
  onPassed(): void
  onFailed(error: string): void
}

/**
 * A server while it is ejected. When its time is up the primary makes one trial connection by itself: no client is put
 * at risk, and there is no stampede.
 */
export class EjectedServer {
  readonly #events: EjectionEvents
  #waitMs: number
  #timer: NodeJS.Timeout
  #check: Check | undefined

  constructor(events: EjectionEvents) {
    this.#events = events
    this.#waitMs = events.nextInMs()
    this.#timer = setTimeout(() => this.#try(), this.#waitMs)
  }

  /** It is not ejected any more. */
  end(): void {
    clearTimeout(this.#timer)
    this.#check?.cancel()
  }

  #try(): void {
    const trial = this.#events.trial()
    if (trial === undefined) return this.#failed('it has no address')
    this.#check = new Check(trial.address, trial.plan, ({ error, isOwnFault }) => {
      this.#check = undefined
      if (error === undefined) this.#events.onPassed()
      else if (isOwnFault) this.#tryAgain()
      else this.#failed(error)
    })
  }

  #failed(error: string): void {
    this.#waitMs = this.#events.nextInMs()
    this.#tryAgain()
    this.#events.onFailed(error)
  }

  #tryAgain(): void {
    this.#timer = setTimeout(() => this.#try(), this.#waitMs)
  }
}
