import type { Side, Tap } from '../engine.ts'
import { Tapped } from '../tapped.ts'
import type { StreamsFlow } from './flow.ts'
import type { Receiver } from './peer-socket.ts'

/** Stands between a socket and its flow: what comes goes to the tap, and what the tap lets through to the flow. */
export class TappedReceiver implements Receiver {
  readonly #flow: StreamsFlow
  readonly #tapped: Tapped
  /** The end or the reset, which waits for the tap's answer. */
  readonly #waiting: (() => void)[] = []

  constructor(flow: StreamsFlow, sender: Side, tap: Tap) {
    this.#flow = flow
    this.#tapped = new Tapped(tap, sender, (parts) => this.#answered(parts))
  }

  onBytes(bytes: Buffer): boolean {
    if (!this.#tapped.inspects) return this.#flow.onBytes(bytes)
    // A copy in memory of its own: the tap may send it to another thread.
    this.#tapped.ask(new Uint8Array(bytes))
    return false
  }

  onEnd(): void {
    this.#afterLastWord(() => this.#flow.onEnd())
  }

  onBroken(error: NodeJS.ErrnoException): void {
    this.#afterLastWord(() => this.#flow.onBroken(error))
  }

  #afterLastWord(pass: () => void): void {
    if (this.#tapped.waiting) this.#waiting.push(() => this.#afterLastWord(pass))
    else if (this.#tapped.askAboutEnd()) this.#waiting.push(pass)
    else pass()
  }

  #answered(parts: readonly Uint8Array[]): void {
    let taken = true
    for (const bytes of parts) taken = this.#flow.send(bytes)
    if (taken && this.#waiting.length === 0) this.#flow.from.resume()
    for (const next of this.#waiting.splice(0)) next()
  }
}
