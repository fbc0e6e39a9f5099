import type { Receiver } from './receiver.ts'

/** What is kept of a client that speaks before its server is reached; then it is not read any more. */
const EARLY_BYTES = 64 * 1024

/** Who hears of what comes early. */
export interface EarlyListener {
  readonly onAnswer: (() => void) | undefined
  readonly onGone: ((error: NodeJS.ErrnoException) => void) | undefined
}

/** Keeps what a socket does before its receiver is there. */
export class Early implements Receiver {
  readonly chunks: Buffer[] = []
  size = 0
  ended = false
  broken: NodeJS.ErrnoException | undefined
  readonly #peer: EarlyListener

  constructor(peer: EarlyListener) {
    this.#peer = peer
  }

  onBytes(bytes: Buffer): boolean {
    this.#peer.onAnswer?.()
    this.chunks.push(Buffer.from(bytes))
    this.size += bytes.length
    return this.size < EARLY_BYTES
  }

  onEnd(): void {
    this.ended = true
  }

  onBroken(error: NodeJS.ErrnoException): void {
    this.broken = error
    this.#peer.onGone?.(error)
  }
}
