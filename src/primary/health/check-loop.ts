import type { Address } from '../../config/fields/address.ts'
import type { HealthConfig } from '../../config/schema.ts'
import { Check, type CheckPlan, type CheckResult } from './check.ts'
import { Streak } from './streak.ts'

/** Checks of many servers, begun together, drift apart. */
const JITTER = 0.1

/** What the checks of a server have come to. */
export interface CheckState {
  readonly passes: boolean
  readonly reason: string
  readonly lastMs: number
  readonly lastPassed: boolean
}

/** Checks one server again and again, one check at a time, until it is stopped. */
export class CheckLoop {
  readonly #address: Address
  readonly #health: HealthConfig & CheckPlan
  readonly #onChecked: (state: CheckState) => void
  readonly #streak = new Streak()
  #timer: NodeJS.Timeout
  #check: Check | undefined

  constructor(
    address: Address,
    health: HealthConfig & CheckPlan,
    firstInMs: number,
    onChecked: (state: CheckState) => void,
  ) {
    this.#address = address
    this.#health = health
    this.#onChecked = onChecked
    this.#timer = setTimeout(() => this.#begin(), firstInMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#check?.cancel()
  }

  #begin(): void {
    const { intervalMs } = this.#health
    const nextAtMs = performance.now() + intervalMs * (1 - JITTER + 2 * JITTER * Math.random())
    this.#check = new Check(this.#address, this.#health, (result) => {
      this.#check = undefined
      this.#timer = setTimeout(() => this.#begin(), Math.max(1, nextAtMs - performance.now()))
      if (!result.isOwnFault) this.#take(result)
    })
  }

  #take({ error, tookMs }: CheckResult): void {
    const lastPassed = error === undefined
    const contradiction = this.#streak.take(lastPassed, this.#health)
    const passes = this.#streak.passes === true
    this.#onChecked({ passes, reason: reasonOf(passes, contradiction, error), lastMs: tookMs, lastPassed })
  }
}

const reasonOf = (passes: boolean, contradiction: string | undefined, error: string | undefined): string => {
  const because = error === undefined ? '' : `: ${error}`
  if (contradiction !== undefined) return `${contradiction}${because}`
  return passes ? 'its check passes' : `its check fails${because}`
}
