import type { EndedDetail } from '../../ipc/connection-parts.ts'
import type { Outcome } from '../../proxy/outcome.ts'

/** The last connection of each outcome, over all workers: it outlives its worker. */
export class LastEnded {
  readonly #byOutcome = new Map<Outcome, EndedDetail>()

  take(ended: readonly EndedDetail[]): void {
    for (const detail of ended) this.#byOutcome.set(detail.outcome, detail)
  }

  find(connectionId: string): EndedDetail | undefined {
    return [...this.#byOutcome.values()].find((detail) => detail.connectionId === connectionId)
  }
}
