import { EarlyBytes } from '../../early-bytes.ts'
import { MOST_EARLY_BYTES } from '../../peer.ts'
import { forgetHalfOpen, type HalfOpen, watchHalfOpen } from '../half-open.ts'
import type { Receiver } from './receiver.ts'

/** Whose early bytes they are. */
export interface EarlySender {
  readonly onAnswer: (() => void) | undefined
  readonly onGone: ((error: NodeJS.ErrnoException) => void) | undefined
  readonly destroyed: boolean
  /** Reads at most so many bytes at once from now on. */
  readAtMost(bytes: number): void
  /** Has `onBroken` called if it was reset. */
  findReset(): void
}

/**
 * Keeps what happens at a socket before it has a receiver, because node:net reads by itself. A client that sends before
 * its server is reached is read until there are 64 KiB or more. Only a peer that was peeked at never has more: limiting
 * the size of reads costs a call.
 */
export class Early extends EarlyBytes implements Receiver {
  brokenBy: NodeJS.ErrnoException | undefined
  readonly #sender: EarlySender
  #mostAtOnce = MOST_EARLY_BYTES
  /** Once it is not read any more. */
  #unread: HalfOpen | undefined

  constructor(sender: EarlySender) {
    super()
    this.#sender = sender
  }

  onBytes(bytes: Buffer): boolean {
    this.#sender.onAnswer?.()
    this.add(bytes)
    if (this.wasPeeked) this.fitReads()
    if (this.room > 0) return true
    this.#watchForReset()
    return false
  }

  onEnd(): void {
    this.#watchForReset()
    this.finish('ended')
  }

  onBroken(error: NodeJS.ErrnoException): void {
    this.brokenBy = error
    this.#sender.onGone?.(error)
    this.finish('broken')
  }

  /** Never reads more than there is room for. A power of two: bytes that come singly change it sixteen times at most. */
  fitReads(): void {
    if (this.room > 0) this.#readAtMost(2 ** Math.floor(Math.log2(this.room)))
  }

  /** It gets a receiver, which watches by itself. */
  handOver(): void {
    this.#readAtMost(MOST_EARLY_BYTES)
    if (this.#unread) forgetHalfOpen(this.#unread)
  }

  #watchForReset(): void {
    this.#unread ??= watchHalfOpen(this.#sender)
  }

  #readAtMost(bytes: number): void {
    if (this.#mostAtOnce === bytes) return
    this.#mostAtOnce = bytes
    this.#sender.readAtMost(bytes)
  }
}
