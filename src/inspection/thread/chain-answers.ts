import { DIRECTIONS, type Direction } from '../../engine/direction.ts'
import { ALL_GO_ON, ALL_WAIT, type Answer, type DetailedAnswer } from '../shared/messages.ts'
import type { ChainLink } from './chain-link.ts'
import type { ChainStep } from './chain-step.ts'
import type { ConnectionNotes } from './connection-notes.ts'

/**
 * Makes the answers of one chain.
 *
 * The main thread keeps what it sent until it is answered, so that the common answers carry no bytes. Only what was
 * replaced, or goes on in part, is sent back; from then on until nothing is held here, this side has what counts.
 */
export class ChainAnswers {
  readonly #links: readonly ChainLink[]
  readonly #notes: ConnectionNotes
  readonly #threadHolds = { toUpstream: false, toClient: false }
  #inspecting: Readonly<Record<Direction, number>>

  constructor(links: readonly ChainLink[], notes: ConnectionNotes) {
    this.#links = links
    this.#notes = notes
    this.#inspecting = this.#bits()
  }

  of(step: ChainStep): Answer {
    const { direction, afterMs, blocked, failures } = step
    const holds = this.#links.some((link) => link[direction].heldBytes > 0)
    const goesOn = this.#goesOn(step, holds)
    const notes = this.#notes.take()
    const before = this.#inspecting
    const inspecting = this.#bits()
    const changed = inspecting.toUpstream !== before.toUpstream || inspecting.toClient !== before.toClient
    this.#inspecting = inspecting
    if (typeof goesOn === 'number' && !changed && !notes && !blocked && failures.length === 0 && afterMs === 0) {
      return goesOn
    }
    return {
      goesOn,
      threadHolds: this.#threadHolds[direction],
      inspecting,
      ...(afterMs > 0 && { afterMs }),
      ...(notes && { notes }),
      ...(blocked && { blocked }),
      ...(failures.length > 0 && { failures }),
    }
  }

  #goesOn(step: ChainStep, holds: boolean): DetailedAnswer['goesOn'] {
    const { direction, changed, goesOn } = step
    if (!this.#threadHolds[direction] && !changed) {
      if (!holds) return ALL_GO_ON
      if (goesOn.length === 0) return ALL_WAIT
    }
    this.#threadHolds[direction] = holds
    return step.ownBytes()
  }

  #bits(): Record<Direction, number> {
    const bits = { toUpstream: 0, toClient: 0 }
    for (const [index, link] of this.#links.entries()) {
      for (const direction of DIRECTIONS) if (link[direction].inspecting) bits[direction] |= 1 << index
    }
    return bits
  }
}
