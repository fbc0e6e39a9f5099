import type { Block } from '../../../system/ffi.ts'
import type { ChunkPool } from '../../chunk-pool.ts'
import type { Side } from '../../direction.ts'
import type { Reactor } from '../reactor.ts'
import type { PipePool } from './pipes.ts'

/** The parts that all flows of a worker share. */
export interface FlowParts {
  readonly reactor: Reactor
  readonly pipes: PipePool
  readonly blocks: ChunkPool<Block>
  /** Bytes pass through it within one call, so an idle connection holds no buffer. */
  readonly buffer: Block
  /** As `HandOver.resetIfKilled`. */
  resetsIfKilled: boolean
}

/** Receives the events of both flows; `sender` tells which flow. */
export interface FlowOwner {
  readonly parts: FlowParts
  /** Everything that the sender sent is delivered. */
  onFlowEnded(sender: Side): void
  /** The sender had reset, and everything that it had sent before is delivered. */
  onSourceBroken(sender: Side): void
  /** Sending to the other side failed: that one has reset. */
  onTargetBroken(sender: Side): void
}
