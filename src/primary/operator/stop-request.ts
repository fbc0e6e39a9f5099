import type { ServingExit } from '../exit.ts'

/** Why the primary stops, and with which exit code. */
export interface Stop {
  readonly reason: string
  readonly exitCode: ServingExit
}

/** A request that the primary stop. The first one counts. */
export class StopRequest {
  readonly asked: Promise<Stop>
  #stop: Stop | undefined
  #resolve: (stop: Stop) => void = () => {}

  constructor() {
    this.asked = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  get isAsked(): boolean {
    return this.#stop !== undefined
  }

  ask(stop: Stop): void {
    this.#stop ??= stop
    this.#resolve(this.#stop)
  }
}
