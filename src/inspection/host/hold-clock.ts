import { LONGEST_DURATION_MS } from '../../config/fields/duration.ts'

/** How long bytes may be held in all before something goes on: an absolute limit, that no trickle of bytes extends. */
export const HOLD_WITHIN_MS = 10_000

/** The timers of one direction: a limit for bytes that are held, and a delay for bytes that go on later. */
export class HoldClock {
  readonly #withinMs: number
  readonly #onTooLong: () => void
  #limit: NodeJS.Timeout | undefined
  #delay: NodeJS.Timeout | undefined

  constructor(withinMs: number, onTooLong: () => void) {
    this.#withinMs = withinMs
    this.#onTooLong = onTooLong
  }

  /** Bytes are held, or none are any more. Without a change it does nothing. */
  watch(holds: boolean): void {
    if (holds) this.#limit ??= setTimeout(this.#onTooLong, this.#withinMs)
    else if (this.#limit !== undefined) {
      clearTimeout(this.#limit)
      this.#limit = undefined
    }
  }

  /** A timer of more than 2^31 - 1 ms fires at once: a longer one is several. */
  delay(ms: number, goOn: () => void): void {
    const firstMs = Math.min(ms, LONGEST_DURATION_MS)
    this.#delay = setTimeout(() => {
      if (ms > firstMs) return this.delay(ms - firstMs, goOn)
      goOn()
    }, firstMs)
  }

  stop(): void {
    clearTimeout(this.#limit)
    clearTimeout(this.#delay)
  }
}
