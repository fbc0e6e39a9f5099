import { Block } from '../../../system/ffi.ts'
import { splice } from '../../../system/libc.ts'
import type { ChunkPool } from '../../chunk-pool.ts'
import type { GivenBytes } from '../../hand-over/given-relay.ts'
import type { KernelSocket } from '../socket/kernel-socket.ts'
import type { Pipe, PipePool } from './pipes.ts'

/** What one splice may move; the pipe's size bounds it as well. */
const SPLICE = 1024 * 1024

/** Bytes on their way that the receiver has not taken yet: in memory of their own, or in a pipe in the kernel. */
export class Carry {
  size = 0
  /** How many bytes were delivered from it. */
  delivered = 0
  /** This many bytes at its front are our own, and are not counted. */
  #ours = 0
  #pipe: Pipe | undefined
  #block: Block | undefined
  readonly #blocks: ChunkPool<Block> | undefined

  private constructor(pipe: Pipe | undefined, block: Block | undefined, blocks?: ChunkPool<Block>) {
    this.#pipe = pipe
    this.#block = block
    this.#blocks = blocks
  }

  get pipe(): Pipe | undefined {
    return this.#pipe
  }

  static inPipe(pipe: Pipe): Carry {
    return new Carry(pipe, undefined)
  }

  /** The first `size` bytes of a block, which goes back to its pool with the carry's release. */
  static lent(block: Block, size: number, blocks: ChunkPool<Block>): Carry {
    const carry = new Carry(undefined, block, blocks)
    carry.size = size
    return carry
  }

  /**
   * Keeps copies, so that the buffer that they were read into is free for other connections.
   *
   * @param ours how many at the front are not counted
   */
  static inMemory(parts: readonly Uint8Array[], ours = 0): Carry {
    const size = parts.reduce((sum, part) => sum + part.length, 0)
    const block = new Block(size)
    const carry = new Carry(undefined, block)
    carry.#ours = ours
    for (const part of parts) {
      block.bytes.set(part, carry.size)
      carry.size += part.length
    }
    return carry
  }

  /** Joins what is left of two carries, neither of which is in a pipe, and releases both. */
  static joined(first: Carry, second: Carry, pipes: PipePool): Carry {
    const carry = Carry.inMemory([first.#rest(), second.#rest()], first.#ours)
    first.release(pipes)
    second.release(pipes)
    return carry
  }

  #rest(): Uint8Array {
    return this.#block?.bytes.subarray(this.delivered, this.delivered + this.size) ?? new Uint8Array(0)
  }

  /** Goes on with bytes that were given. */
  static adopted(given: GivenBytes, pipes: PipePool): Carry {
    if (given.kind === 'memory') return Carry.inMemory([given.bytes], given.ours)
    const carry = Carry.inPipe(pipes.adopt(given.read, given.write))
    carry.size = given.size
    return carry
  }

  /** Gives what is left of it away, and its pipe with it. */
  give(pipes: PipePool): GivenBytes | undefined {
    const [{ size }, pipe] = [this, this.#pipe]
    if (size === 0) {
      this.release(pipes)
      return undefined
    }
    if (pipe === undefined) return { kind: 'memory', bytes: this.#rest(), ours: this.#ours }
    this.#pipe = undefined
    return { kind: 'pipe', ...pipes.letGo(pipe), size }
  }

  /** How many of the `taken` bytes, the next ones from its front, are to be counted. */
  counted(taken: number): number {
    const ours = Math.min(this.#ours, taken)
    this.#ours -= ours
    return taken - ours
  }

  /** Fills an empty carry in a pipe from a socket; returns what splice(2) returns. */
  fill(from: number): number {
    const result = splice(from, this.pipe?.write ?? -1, SPLICE)
    if (result > 0) this.size = result
    return result
  }

  /** Gives a socket what it takes; returns what send(2) returns. */
  deliver(to: KernelSocket): number {
    const result = this.#block
      ? to.send(this.#block, this.delivered, this.size)
      : to.sendFromPipe(this.pipe?.read ?? -1, this.size)
    if (result > 0) {
      this.size -= result
      this.delivered += result
    }
    return result
  }

  /** Gives its block or pipe back: others may use it from now on. What was not delivered is lost. */
  release(pipes: PipePool): void {
    const [block, pipe] = [this.#block, this.#pipe]
    this.#block = undefined
    this.#pipe = undefined
    if (block) this.#blocks?.give(block)
    if (pipe && this.size > 0) pipes.discard(pipe)
    else if (pipe) pipes.give(pipe)
  }
}
