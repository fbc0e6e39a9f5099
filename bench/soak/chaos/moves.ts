const MOVED = / connections handed over to worker \d+/
const LEFT = /^worker \d+ has left: /

/** What the log says about connections that move from worker to worker. */
export class Moves {
  /** The takers of workers that give their connections away, by number. */
  readonly #takers = new Map<number, number>()
  readonly #fault: (text: string) => void
  #left = 0
  #handedOver = 0
  #stayed = 0
  #longestSilenceMs = 0

  constructor(fault: (text: string) => void) {
    this.#fault = fault
  }

  onLine({ msg, worker, taker, silenceMs, handedOver, endedByThemselves, cutShort }: Record<string, unknown>): void {
    if (MOVED.test(String(msg))) {
      this.#takers.set(Number(worker), Number(taker))
      const longest = (silenceMs as { max: number } | undefined)?.max ?? 0
      this.#longestSilenceMs = Math.max(this.#longestSilenceMs, longest)
    }
    if (!LEFT.test(String(msg))) return
    this.#left += 1
    this.#handedOver += Number(handedOver)
    this.#stayed += Number(endedByThemselves)
    if (cutShort !== 0) this.#fault(`a worker that was replaced has cut ${cutShort} connections`)
  }

  /** To whom a worker has given what could move at once, as the log says. It goes on giving what can move later. */
  takerOf(worker: number): number | undefined {
    return this.#takers.get(worker)
  }

  get text(): string {
    return (
      `${this.#left} replaced workers have left: ${this.#handedOver} connections handed over, which stood still for ` +
      `${this.#longestSilenceMs} ms at most, ${this.#stayed} ended by themselves`
    )
  }
}
