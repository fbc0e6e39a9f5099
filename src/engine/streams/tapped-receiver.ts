import { ChunkPool } from '../chunk-pool.ts'
import type { Side } from '../direction.ts'
import type { Tap } from '../engine.ts'
import { Tapped } from '../tapped.ts'
import type { StreamsFlow } from './flow.ts'
import type { Receiver } from './socket/receiver.ts'

const buffers = new ChunkPool<Buffer>((bytes) => Buffer.allocUnsafeSlow(bytes))

/** Stands between a socket and its flow: what comes goes to the tap, and what the tap lets through to the flow. */
export class TappedReceiver implements Receiver {
  readonly #flow: StreamsFlow
  readonly #tapped: Tapped
  /** What holds the chunk, until it is answered and delivered. */
  #lent: Buffer | undefined
  /** What the socket had read before the relay began may be several chunks: they wait their turn. */
  readonly #early: Buffer[] = []
  /** The end or the reset, which waits for the tap's answer. */
  readonly #waiting: (() => void)[] = []

  constructor(flow: StreamsFlow, sender: Side, tap: Tap) {
    this.#flow = flow
    this.#tapped = new Tapped(tap, sender, (parts) => this.#answered(parts))
  }

  onBytes(bytes: Buffer): boolean {
    if (this.#tapped.waiting) {
      this.#early.push(Buffer.from(bytes))
      return false
    }
    this.#takeBack()
    if (!this.#tapped.inspects) return this.#flow.onBytes(bytes)
    this.#lent = buffers.take()
    this.#lent.set(bytes)
    this.#tapped.ask(this.#lent.subarray(0, bytes.length))
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
    // Else with the next chunk, which comes when the kernel has taken this one.
    if (taken) this.#takeBack()
    while (this.#early.length > 0) {
      taken = this.onBytes(this.#early.shift() as Buffer)
      if (this.#tapped.waiting) return
    }
    if (taken && this.#waiting.length === 0) this.#flow.from.resume()
    for (const next of this.#waiting.splice(0)) next()
  }

  /** A write that is not finished keeps the memory: the next chunk gets another. */
  #takeBack(): void {
    if (this.#lent && this.#flow.allTaken) buffers.give(this.#lent)
    this.#lent = undefined
  }
}
