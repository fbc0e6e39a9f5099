import { type Direction, directionFrom, type Side } from '../../../src/engine/direction.ts'
import type { Tap } from '../../../src/engine/engine.ts'

/** Lets everything pass, and counts what it was shown. */
export class RecordingTap implements Tap {
  readonly #inspects: boolean
  readonly #seen: Record<Direction, number> = { toUpstream: 0, toClient: 0 }

  /** @param inspects whether it looks at any byte */
  constructor(inspects = true) {
    this.#inspects = inspects
  }

  /** So many bytes of a side. */
  seen(side: Side): number {
    return this.#seen[directionFrom(side)]
  }

  inspects(): boolean {
    return this.#inspects
  }

  async chunk(direction: Direction, bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    this.#seen[direction] += bytes.length
    return [bytes]
  }

  async end(): Promise<readonly Uint8Array[]> {
    return []
  }
}
