import type { Block } from '../../system/ffi.ts'
import { recv } from '../../system/libc.ts'
import { CHUNK_BYTES, type ChunkPool } from '../chunk-pool.ts'
import type { Side, Tap } from '../engine.ts'
import { Tapped } from '../tapped.ts'
import { Carry } from './carry.ts'

/** Reads for a tap: each chunk is lent to it in a block, and delivered from that block if the tap does not change it. */
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

  /** Reads once and asks the tap about the chunk; returns what recv(2) returns. */
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

  /** Returns false if the tap was asked before: the end may be passed on. */
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
