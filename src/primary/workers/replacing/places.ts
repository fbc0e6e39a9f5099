/** The places of the shared memory: each belongs to one living worker, whose numbers stand there and nobody else's. */
export class Places {
  /** The worker at each place, by its id. */
  readonly #workers: (number | undefined)[]

  constructor(count: number) {
    this.#workers = Array.from({ length: count })
  }

  /** Gives a new worker the first free place: those that are in use stand close together. */
  take(workerId: number): void {
    const place = this.#workers.indexOf(undefined)
    if (place === -1) throw new Error(`no place is left for worker ${workerId}`)
    this.#workers[place] = workerId
  }

  /** @throws Error if it has none */
  of(workerId: number): number {
    const place = this.#workers.indexOf(workerId)
    if (place === -1) throw new Error(`worker ${workerId} has no place`)
    return place
  }

  /** The worker has ended. */
  leave(workerId: number): void {
    this.#workers[this.of(workerId)] = undefined
  }
}
