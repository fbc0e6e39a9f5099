import { Block } from './libc.ts'

const BLOCK_BYTES = 64 * 1024
const MOST_IDLE = 32

/** Memory for chunks that are shown to taps. Kept for the next one: making it costs more than filling it. */
export class BlockPool {
  readonly #idle: Block[] = []

  take(): Block {
    return this.#idle.pop() ?? new Block(BLOCK_BYTES)
  }

  give(block: Block): void {
    if (this.#idle.length < MOST_IDLE) this.#idle.push(block)
  }
}
