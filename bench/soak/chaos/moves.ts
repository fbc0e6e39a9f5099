const MOVED = / connections handed over to worker \d+/
const LEFT = /^worker \d+ has left: /

/** What the log says about connections that move from worker to worker. */
export class Moves {
  /** Workers that give their connections away, by number. */
  readonly #givers = new Set<number>()
  readonly #fault: (text: string) => void
  #left = 0
  #handedOver = 0
  #stayed = 0
  #longestSilenceMs = 0

  constructor(fault: (text: string) => void) {
    this.#fault = fault
  }

  onLine({ msg, worker, silenceMs, handedOver, endedByThemselves, cutShort }: Record<string, unknown>): void {
    if (MOVED.test(String(msg))) {
      this.#givers.add(Number(worker))
      const longest = (silenceMs as { max: number } | undefined)?.max ?? 0
      this.#longestSilenceMs = Math.max(this.#longestSilenceMs, longest)
    }
    if (!LEFT.test(String(msg))) return
    this.#left += 1
    this.#handedOver += Number(handedOver)
    this.#stayed += Number(endedByThemselves)
    if (cutShort !== 0) this.#fault(`a worker that was replaced has cut ${cutShort} connections`)
  }

  /** Whether the log says that a worker has given what could move at once. It goes on giving what can move later. */
  gives(worker: number): boolean {
    return this.#givers.has(worker)
  }

  get text(): string {
    return (
      `${this.#left} replaced workers have left: ${this.#handedOver} connections handed over, which stood still for ` +
      `${this.#longestSilenceMs} ms at most, ${this.#stayed} ended by themselves`
    )
  }
}
