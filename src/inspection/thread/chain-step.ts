import type { Direction } from '../../engine/engine.ts'
import type { DetailedAnswer, Failure } from '../shared/messages.ts'

/** Leaves a step: nothing more of the connection goes on. */
export class ChainStop extends Error {}

/** What comes of judging one chunk or end. */
export class ChainStep {
  readonly direction: Direction
  readonly goesOn: Uint8Array[] = []
  /** What goes on is not what came. */
  changed = false
  afterMs = 0
  blocked: DetailedAnswer['blocked']
  readonly failures: Failure[] = []

  constructor(direction: Direction) {
    this.direction = direction
  }

  /** What goes on, for the answer: it must not show the arena, which is others' bytes by the time it is read. */
  ownBytes(): Uint8Array[] {
    return this.goesOn.map((bytes) => (bytes.buffer instanceof SharedArrayBuffer ? new Uint8Array(bytes) : bytes))
  }
}
