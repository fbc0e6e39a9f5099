import { nowMs } from '../../clock.ts'
import { CHUNK_BYTES } from '../chunk-pool.ts'
import type { Side } from '../engine.ts'
import { FlowCounts } from '../flow-counts.ts'
import type { ByteCount } from '../meter.ts'
import { Carry } from './carry.ts'
import { EAGAIN, EINTR } from './errors.ts'
import type { FlowOwner } from './flow-owner.ts'
import type { KernelSocket } from './kernel-socket.ts'
import { recv, send, unsentBytes } from './libc.ts'
import type { Ready } from './reactor.ts'
import { TappedReads } from './tapped-reads.ts'

/** What one direction may move before the others get their turn. */
const SHARE = 256 * 1024
/** So many full chunks in a row are bulk, and bulk goes through a pipe… */
const BULK_AFTER_CHUNKS = 2
/** …until a pipe is given back after less than this. */
const BULK_LEAST = 64 * 1024

/** One direction: what `from` sends goes to `to`, through the buffer or, when it is much, through a pipe in the kernel. */
export class KernelFlow extends FlowCounts implements Ready {
  queued = false
  /** Nothing more will be moved. */
  over = false
  readonly sender: Side
  readonly from: KernelSocket
  readonly to: KernelSocket
  readonly #owner: FlowOwner
  /** What was read and is not delivered. While there is something, nothing is read. */
  #carry: Carry | undefined
  #fullChunks = 0
  #unsentBefore = 0
  readonly #tapped: TappedReads | undefined

  constructor(sender: Side, from: KernelSocket, to: KernelSocket, owner: FlowOwner, total: ByteCount) {
    super(total)
    this.sender = sender
    this.from = from
    this.to = to
    this.#owner = owner
    const { blocks } = owner.parts
    this.#tapped = owner.tap && new TappedReads(owner.tap, sender, blocks, (carry) => this.#answered(carry))
  }

  /** Moves what there is, up to its share. */
  resume(): void {
    if (this.over) return
    // Called for data that cannot be read now: it would be called for every packet.
    if (this.#carry?.size && !this.to.writable) return this.from.listenForData(false)
    const before = this.bytes
    while (this.to.writable && (this.#carry?.size || (this.from.readable && !this.#tapped?.waiting))) {
      if (this.#carry?.size ? !this.#deliverCarry(this.#carry) : !this.#readOnce()) break
      if (this.bytes - before >= SHARE) return this.#owner.parts.reactor.later(this)
    }
    if (this.#carry?.pipe && this.#carry.size === 0) this.#leavePipe(this.#carry)
  }

  /** Reads once and delivers it. False when there is nothing more to do now. */
  #readOnce(): boolean {
    if (this.#tapped?.inspects) return this.#readForTap(this.#tapped)
    if (this.#fullChunks >= BULK_AFTER_CHUNKS && !this.#carry) this.#takePipe()
    if (!this.#carry?.pipe) return this.#copyChunk()
    const size = this.#carry.fill(this.from.fd)
    return size > 0 ? this.#deliverCarry(this.#carry) : this.#nothingRead(size)
  }

  #copyChunk(): boolean {
    const { from, to } = this
    const { buffer } = this.#owner.parts
    const size = this.#noted(recv(from.fd, buffer, CHUNK_BYTES))
    if (size <= 0) return this.#nothingRead(size)
    if (this.bytes > 0) to.sendWithoutDelay()
    const sent = this.#book(send(to.fd, buffer, 0, size))
    if (sent < 0) return false
    if (sent < size) {
      this.#carry = Carry.inMemory([buffer.bytes.subarray(sent, size)])
      // Its next delivery tells whether `to` is full: a short send alone does not.
      return true
    }
    // The FIN was there before the read, and the read emptied the queue: the next one would say 0.
    if (size < CHUNK_BYTES && from.finSeen && !from.error && !this.#tapped) return this.#end()
    return true
  }

  #readForTap(tapped: TappedReads): boolean {
    const size = this.#noted(tapped.read(this.from.fd))
    return size > 0 ? false : this.#nothingRead(size)
  }

  /** The tap has let this through. */
  #answered(carry: Carry | undefined): void {
    if (this.over) return carry?.release(this.#owner.parts.pipes)
    this.#carry = carry
    this.resume()
  }

  /** What the size of a read says of the next one. */
  #noted(size: number): number {
    const { from } = this
    this.#fullChunks = size === CHUNK_BYTES ? this.#fullChunks + 1 : 0
    // Drained: nothing is missed, for more data is a new edge. But FIN or RST may have come with this one.
    if (size > 0 && size < CHUNK_BYTES && !from.finSeen && !from.error) from.drained()
    return size
  }

  /** @param result of a read: 0 for the end, or an error. */
  #nothingRead(result: number): boolean {
    const { from } = this
    if (result === EINTR) return true
    if (result === EAGAIN) {
      from.drained()
      return false
    }
    if (result < 0) from.broke(result, 'read')
    // After the tap's last word the end is read once more.
    if (this.#tapped?.askAboutEnd()) return false
    if (from.error === undefined) return this.#end()
    this.abandon()
    // A FIN before the reset says that what was sent is whole.
    if (result === 0 && from.finBeforeReset) {
      this.endedMs = nowMs()
      this.to.shutdown()
    }
    this.#owner.onSourceBroken(this.sender)
    return false
  }

  #deliverCarry(carry: Carry): boolean {
    if (this.#book(carry.deliver(this.to.fd)) < 0) return false
    if (carry.size === 0) {
      this.heldSinceMs = 0
      this.from.listenForData(true)
      if (!carry.pipe) this.#dropCarry()
    }
    return true
  }

  /** Books what was sent. 0 if `to` takes nothing now, -1 if it broke. */
  #book(result: number): number {
    if (result >= 0) {
      this.delivered(result)
      return result
    }
    if (result === EINTR) return 0
    if (result === EAGAIN) {
      this.to.filled()
      this.holds()
      return 0
    }
    this.to.broke(result, 'write')
    this.abandon()
    this.#owner.onTargetBroken(this.sender)
    return -1
  }

  #end(): boolean {
    this.abandon()
    this.endedMs = nowMs()
    this.#owner.onFlowEnded(this.sender)
    return false
  }

  /** Moves nothing any more; what is carried is lost. */
  abandon(): void {
    this.over = true
    this.heldSinceMs = 0
    this.#dropCarry()
  }

  #dropCarry(): void {
    this.#carry?.release(this.#owner.parts.pipes)
    this.#carry = undefined
  }

  #takePipe(): void {
    if (this.from.isUnix || this.to.isUnix) return
    const pipe = this.#owner.parts.pipes.take()
    if (pipe === undefined) return
    this.#carry = Carry.inPipe(pipe)
    this.to.sendWithoutDelay()
  }

  /** An empty pipe goes to those who need it. Who goes on in bulk will take one again at the next wake-up. */
  #leavePipe({ delivered }: Carry): void {
    this.#dropCarry()
    if (delivered < BULK_LEAST) this.#fullChunks = 0
  }

  /** A receiver that acknowledges is slow, not stalled: its kernel takes more only when a third of its buffer is free. */
  refresh(): void {
    if (this.heldSinceMs === 0 || this.to.closed) return
    const unsent = unsentBytes(this.to.fd)
    if (unsent < this.#unsentBefore) this.lastByteMs = nowMs()
    this.#unsentBefore = unsent
  }
}
