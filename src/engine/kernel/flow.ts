import type { Flow, Side } from '../engine.ts'
import { nowMs } from '../now.ts'
import { EAGAIN, EINTR } from './errors.ts'
import type { KernelSocket } from './kernel-socket.ts'
import { Block, recv, send, shutdownWrite, splice, unsentBytes } from './libc.ts'
import type { Pipe, PipePool } from './pipes.ts'
import type { Reactor, Ready } from './reactor.ts'

const CHUNK = 64 * 1024
const SPLICE = 1024 * 1024
/** What one direction may move before the others get their turn. */
const SHARE = 256 * 1024
/** So many full chunks in a row are bulk, and bulk goes through a pipe… */
const BULK_AFTER_CHUNKS = 2
/** …until a wake-up brings less than this. */
const BULK_LEAST = 64 * 1024

/** What all flows of a worker share. */
export interface FlowParts {
  readonly reactor: Reactor
  readonly pipes: PipePool
  /** Bytes pass through it within one call: nothing stays in it, so an idle connection holds no buffer. */
  readonly buffer: Block
}

/** Who hears how a flow goes. */
export interface FlowOwner {
  /** Everything that `from` sent is delivered, and its FIN passed on if the other direction still needs it. */
  onFlowEnded(flow: KernelFlow): void
  /** `from` had reset, and everything that it had sent before is delivered. */
  onSourceBroken(flow: KernelFlow): void
  /** Sending failed: `to` has reset. */
  onTargetBroken(flow: KernelFlow): void
}

/** One direction: what `from` sends goes to `to`, through the buffer or, when it is much, through a pipe in the kernel. */
export class KernelFlow implements Flow, Ready {
  bytes = 0
  firstByteMs = 0
  lastByteMs = nowMs()
  heldSinceMs = 0
  endedMs = 0
  queued = false
  /** Nothing more will be moved. */
  over = false
  readonly sender: Side
  readonly from: KernelSocket
  readonly to: KernelSocket
  readonly #parts: FlowParts
  readonly #owner: FlowOwner
  /** Bytes that `to` did not take: the rest of a chunk, or what is in the pipe. */
  #rest: Block | undefined
  #restOffset = 0
  #held = 0
  #pipe: Pipe | undefined
  #fullChunks = 0
  #unsentBefore = 0

  constructor(sender: Side, from: KernelSocket, to: KernelSocket, parts: FlowParts, owner: FlowOwner) {
    this.sender = sender
    this.from = from
    this.to = to
    this.#parts = parts
    this.#owner = owner
  }

  resume(): void {
    this.pump()
  }

  /** Moves what there is, up to its share. */
  pump(): void {
    if (this.over) return
    const before = this.bytes
    while (this.to.writable && (this.#held > 0 || this.from.readable)) {
      if (this.#held > 0 ? !this.#deliverHeld() : !this.#readOnce()) break
      if (this.bytes - before >= SHARE) {
        this.#parts.reactor.later(this)
        return
      }
    }
    if (this.#pipe && this.#held === 0) this.#leavePipe(this.bytes - before)
  }

  /** Reads once and delivers it. False when there is nothing more to do now. */
  #readOnce(): boolean {
    if (this.#fullChunks >= BULK_AFTER_CHUNKS && !this.#pipe) this.#takePipe()
    return this.#pipe ? this.#fillPipe(this.#pipe) : this.#copyChunk()
  }

  #copyChunk(): boolean {
    const { from, to } = this
    const { buffer } = this.#parts
    const size = recv(from.fd, buffer, CHUNK)
    if (size <= 0) return this.#nothingRead(size)
    if (size === CHUNK) this.#fullChunks += 1
    else {
      this.#fullChunks = 0
      // Drained: nothing is missed, for more data is a new edge. But FIN or RST may have come with this one.
      if (!from.finSeen && !from.error) from.readable = false
    }
    if (this.bytes > 0) to.sendWithoutDelay()
    const sent = this.#sent(send(to.fd, buffer, 0, size))
    if (sent < 0) return false
    if (sent < size) return this.#hold(buffer, sent, size)
    // The FIN was there before the read, and the read emptied the queue: the next one would say 0.
    if (size < CHUNK && from.finSeen && !from.error) return this.#end()
    return true
  }

  #fillPipe(pipe: Pipe): boolean {
    const size = splice(this.from.fd, pipe.write, SPLICE)
    if (size <= 0) return this.#nothingRead(size)
    this.#held = size
    return this.#deliverHeld()
  }

  /** @param result of a read: 0 for the end, or an error. */
  #nothingRead(result: number): boolean {
    const { from } = this
    if (result === EINTR) return true
    from.readable = false
    if (result === EAGAIN) return false
    if (result < 0) from.broke(result, 'read')
    if (from.error === undefined) return this.#end()
    this.over = true
    this.#release()
    if (result === 0 && from.finBeforeReset) {
      this.endedMs = nowMs()
      this.shutdownTarget()
    }
    this.#owner.onSourceBroken(this)
    return false
  }

  #deliverHeld(): boolean {
    const { to } = this
    const sent = this.#sent(
      this.#rest
        ? send(to.fd, this.#rest, this.#restOffset, this.#held)
        : splice(this.#pipe?.read ?? -1, to.fd, this.#held),
    )
    if (sent < 0) return false
    this.#held -= sent
    this.#restOffset += sent
    if (this.#held === 0) {
      this.#rest = undefined
      this.heldSinceMs = 0
    }
    return true
  }

  /** Books what was sent. 0 if `to` takes nothing now, -1 if it broke. */
  #sent(result: number): number {
    if (result >= 0) {
      const now = nowMs()
      this.bytes += result
      this.lastByteMs = now
      if (this.firstByteMs === 0) this.firstByteMs = now
      return result
    }
    if (result === EINTR) return 0
    if (result === EAGAIN) {
      this.to.writable = false
      if (this.heldSinceMs === 0) this.heldSinceMs = nowMs()
      return 0
    }
    this.to.broke(result, 'write')
    this.abandon()
    this.#owner.onTargetBroken(this)
    return -1
  }

  /** Keeps what `to` did not take. One more try will tell when it does: a short send alone is no EAGAIN. */
  #hold(buffer: Block, offset: number, size: number): boolean {
    const rest = new Block(size - offset)
    buffer.bytes.copy(rest.bytes, 0, offset, size)
    this.#rest = rest
    this.#restOffset = 0
    this.#held = size - offset
    return true
  }

  #end(): boolean {
    this.over = true
    this.endedMs = nowMs()
    this.#release()
    this.#owner.onFlowEnded(this)
    return false
  }

  /** Passes the FIN on. */
  shutdownTarget(): void {
    // It fails only if `to` has reset, which its own flow will find.
    shutdownWrite(this.to.fd)
  }

  /** Moves nothing any more; what is held is lost. */
  abandon(): void {
    this.over = true
    this.#release()
  }

  #release(): void {
    if (this.#pipe && this.#held > 0) this.#parts.pipes.discard(this.#pipe)
    else if (this.#pipe) this.#parts.pipes.give(this.#pipe)
    this.#pipe = undefined
    this.#rest = undefined
    this.#held = 0
    this.heldSinceMs = 0
  }

  #takePipe(): void {
    if (this.from.isUnix || this.to.isUnix) return
    this.#pipe = this.#parts.pipes.take()
    if (this.#pipe) this.to.sendWithoutDelay()
  }

  /** An empty pipe goes to those who need it. Who goes on in bulk will take one again at the next wake-up. */
  #leavePipe(moved: number): void {
    if (this.#pipe) this.#parts.pipes.give(this.#pipe)
    this.#pipe = undefined
    if (moved < BULK_LEAST) this.#fullChunks = 0
  }

  /** A receiver that acknowledges is slow, not stalled: its kernel takes more only when a third of its buffer is free. */
  refresh(): void {
    if (this.heldSinceMs === 0 || this.to.closed) return
    const unsent = unsentBytes(this.to.fd)
    if (unsent < this.#unsentBefore) this.lastByteMs = nowMs()
    this.#unsentBefore = unsent
  }
}
