/** For how long connections stood still while they were handed over. */
export class Silences {
  readonly #all: number[] = []

  add(ms: number): void {
    this.#all.push(ms)
  }

  /** Undefined if none was handed over. */
  summary(): { readonly p50: number; readonly p99: number; readonly max: number } | undefined {
    const sorted = this.#all.toSorted((one, other) => one - other)
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
    return sorted.length === 0 ? undefined : { p50: at(0.5), p99: at(0.99), max: at(1) }
  }
}
