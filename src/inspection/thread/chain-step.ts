import type { Direction } from '../../engine/engine.ts'
import type { DetailedAnswer, Failure } from '../shared/messages.ts'

/** Leaves a step: nothing more of the connection goes on. */
export class Stopped extends Error {}

/** What happens while one item is judged. */
export class Step {
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
