import type { InspectorSet, InspectorSources, SetSource } from './inspector-set.ts'

/** The sets of inspectors that a worker uses: the current one, and older ones while connections still have them. */
export class InspectorSets {
  /** New connections begin with it. A thread that starts loads it. */
  current: InspectorSet = { setNumber: 0, sources: {}, plans: new Map() }
  /** Connections by the number of their set. */
  readonly #users = new Map<number, number>()
  #lastNumber = 0

  /** A set that nobody uses yet. */
  next(sources: InspectorSources): SetSource {
    this.#lastNumber += 1
    return { setNumber: this.#lastNumber, sources }
  }

  /** A connection begins with the current set. */
  addUser(): void {
    const { setNumber } = this.current
    this.#users.set(setNumber, (this.#users.get(setNumber) ?? 0) + 1)
  }

  /** A connection that began with the set has ended. Returns whether nobody needs the set any more. */
  removeUser(setNumber: number): boolean {
    const left = (this.#users.get(setNumber) ?? 0) - 1
    if (left > 0) this.#users.set(setNumber, left)
    else this.#users.delete(setNumber)
    return !this.isInUse(setNumber)
  }

  isInUse(setNumber: number): boolean {
    return setNumber === this.current.setNumber || this.#users.has(setNumber)
  }
}
