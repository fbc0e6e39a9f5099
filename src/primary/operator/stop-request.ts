import type { ServingExit } from '../exit.ts'

/** Why the primary stops, and with which exit code. */
export interface Stop {
  readonly reason: string
  readonly exitCode: ServingExit
}

/** A request that the primary stop. The first one counts; a later one may hurry it. */
export class StopRequest {
  readonly asked: Promise<Stop>
  readonly hurried: Promise<void>
  isHurried = false
  #stop: Stop | undefined
  #resolve: (stop: Stop) => void = () => {}
  #resolveHurried: () => void = () => {}

  constructor() {
    this.asked = new Promise((resolve) => {
      this.#resolve = resolve
    })
    this.hurried = new Promise((resolve) => {
      this.#resolveHurried = resolve
    })
  }

  get isAsked(): boolean {
    return this.#stop !== undefined
  }

  ask(stop: Stop): void {
    this.#stop ??= stop
    this.#resolve(this.#stop)
  }

  /** The stop that was asked for is to end at once, whatever it waits for. */
  hurry(): void {
    this.isHurried = true
    this.#resolveHurried()
  }
}
