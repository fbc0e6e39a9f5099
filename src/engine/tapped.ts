import { type Direction, directionFrom, type Side } from './direction.ts'
import type { Tap } from './engine.ts'

/** A tap as used by one direction: at most one call is under way, and the end is announced once. */
export class Tapped {
  /** A call is under way: nothing may be read. */
  waiting = false
  #endAsked = false
  readonly #tap: Tap
  readonly #direction: Direction
  readonly #onAnswer: (parts: readonly Uint8Array[]) => void

  constructor(tap: Tap, sender: Side, onAnswer: (parts: readonly Uint8Array[]) => void) {
    this.#tap = tap
    this.#direction = directionFrom(sender)
    this.#onAnswer = onAnswer
  }

  get inspects(): boolean {
    return this.#tap.inspects(this.#direction)
  }

  ask(bytes: Uint8Array): void {
    this.#wait(this.#tap.chunk(this.#direction, bytes))
  }

  /** Returns false if the tap was asked before: the end may be passed on. */
  askAboutEnd(): boolean {
    if (this.#endAsked) return false
    this.#endAsked = true
    this.#wait(this.#tap.end(this.#direction))
    return true
  }

  #wait(answer: Promise<readonly Uint8Array[]>): void {
    this.waiting = true
    void answer.then((parts) => {
      this.waiting = false
      this.#onAnswer(parts)
    })
  }
}
