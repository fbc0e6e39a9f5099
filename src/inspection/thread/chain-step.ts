import type { Direction } from '../../engine/engine.ts'
import type { DetailedAnswer, Failure } from '../shared/messages.ts'

/** Leaves a step: nothing more of the connection goes on. */
export class ChainStop extends Error {}

/** Collects the results while the chain judges one chunk or end. */
export class ChainStep {
  readonly direction: Direction
  readonly goesOn: Uint8Array[] = []
  /** The bytes that go on are not those that came. */
  changed = false
  afterMs = 0
  blocked: DetailedAnswer['blocked']
  readonly failures: Failure[] = []

  constructor(direction: Direction) {
    this.direction = direction
  }

  /** The bytes that go on, for the answer: copied out of the arena, which the next batch may overwrite first. */
  ownBytes(): Uint8Array[] {
    return this.goesOn.map((bytes) => (bytes.buffer instanceof SharedArrayBuffer ? new Uint8Array(bytes) : bytes))
  }
}
