import type { Places } from './admit.ts'

/** Places that this worker has for itself. */
export class OwnPlaces implements Places {
  readonly #limit: number
  #taken = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  take(): boolean {
    if (this.#taken >= this.#limit) return false
    this.#taken += 1
    return true
  }

  takeAnyway(): void {
    this.#taken += 1
  }

  giveBack(): void {
    this.#taken -= 1
  }
}
