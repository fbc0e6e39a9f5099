/** Values of the last seconds, of which the oldest is what the newest is compared with. */
export class Recent<Value> {
  readonly #forSeconds: number
  readonly #values: { readonly atSeconds: number; readonly value: Value }[] = []

  /** @param forSeconds how far back the oldest value is at least, once there are values for so long */
  constructor(forSeconds: number) {
    this.#forSeconds = forSeconds
  }

  /** A value from before the last one means that the clock has begun anew: what was before is forgotten. */
  add(atSeconds: number, value: Value): void {
    if (atSeconds < (this.#values.at(-1)?.atSeconds ?? 0)) this.clear()
    this.#values.push({ atSeconds, value })
    while ((this.#values[1]?.atSeconds ?? Number.POSITIVE_INFINITY) <= atSeconds - this.#forSeconds)
      this.#values.shift()
  }

  clear(): void {
    this.#values.length = 0
  }

  /** The time between the oldest value and the newest. */
  get spanSeconds(): number {
    return (this.#values.at(-1)?.atSeconds ?? 0) - (this.#values[0]?.atSeconds ?? 0)
  }

  /** Undefined before the first value. */
  get oldest(): Value | undefined {
    return this.#values[0]?.value
  }
}
