import type { Block } from '../../../system/ffi.ts'
import { recv } from '../../../system/libc.ts'
import { CHUNK_BYTES, type ChunkPool } from '../../chunk-pool.ts'
import type { Side } from '../../direction.ts'
import type { Tap } from '../../engine.ts'
import { Tapped } from '../../tapped.ts'
import { Carry } from './carry.ts'

/** Reads for a tap: each chunk is lent to it in a block, and goes on from there if it is let through as it is. */
export class TappedReads {
  readonly #tapped: Tapped
  readonly #blocks: ChunkPool<Block>
  #lent: { block: Block; bytes: Uint8Array } | undefined

  /** @param onAnswer gets what is to be delivered, or undefined for nothing */
  constructor(tap: Tap, sender: Side, blocks: ChunkPool<Block>, onAnswer: (carry: Carry | undefined) => void) {
    this.#blocks = blocks
    this.#tapped = new Tapped(tap, sender, (parts) => onAnswer(this.#carryOf(parts)))
  }

  get waiting(): boolean {
    return this.#tapped.waiting
  }

  get inspects(): boolean {
    return this.#tapped.inspects
  }

  /** Asks about bytes that were read before. */
  ask(bytes: Uint8Array): void {
    this.#tapped.ask(bytes)
  }

  /** Reads once and asks about what came; returns what recv(2) returned. */
  read(fd: number): number {
    const block = this.#blocks.take()
    const size = recv(fd, block, CHUNK_BYTES)
    if (size <= 0) {
      this.#blocks.give(block)
      return size
    }
    const bytes = block.bytes.subarray(0, size)
    this.#lent = { block, bytes }
    this.#tapped.ask(bytes)
    return size
  }

  /** False if it was asked before: the end may be passed on. */
  askAboutEnd(): boolean {
    return this.#tapped.askAboutEnd()
  }

  #carryOf(parts: readonly Uint8Array[]): Carry | undefined {
    const lent = this.#lent
    this.#lent = undefined
    if (lent && parts.length === 1 && parts[0] === lent.bytes)
      return Carry.lent(lent.block, lent.bytes.length, this.#blocks)
    const carry = parts.length > 0 ? Carry.inMemory(parts) : undefined
    if (lent) this.#blocks.give(lent.block)
    return carry
  }
}
