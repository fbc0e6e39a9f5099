import { nowMs } from '../../../clock.ts'
import { EAGAIN, EINTR, isAboutSplice } from '../../../system/errors.ts'
import { recv } from '../../../system/libc.ts'
import { CHUNK_BYTES } from '../../chunk-pool.ts'
import type { Side } from '../../direction.ts'
import type { Tap } from '../../engine.ts'
import type { ByteCount } from '../../meter.ts'
import type { Ready } from '../reactor.ts'
import type { KernelPeer } from '../socket/kernel-peer.ts'
import { Carry } from './carry.ts'
import { Delivery } from './delivery.ts'
import type { FlowOwner } from './flow-owner.ts'
import { TappedReads } from './tapped-reads.ts'

/** What one direction may move before the others get their turn, and in how many steps: a read may be of one byte. */
const SHARE = 256 * 1024
const MOST_STEPS = 64
/** This many full chunks in a row are bulk, and bulk goes through a pipe… */
const BULK_AFTER_CHUNKS = 2
/** …until a pipe is given back after less than this. */
const BULK_LEAST = 64 * 1024

/** One direction: what `from` sends goes to `to`, through the buffer or, when it is much, through a pipe in the kernel. */
export class KernelFlow extends Delivery implements Ready {
  queued = false
  #fullChunks = 0
  readonly #tapped: TappedReads | undefined

  constructor(
    sender: Side,
    from: KernelPeer,
    to: KernelPeer,
    owner: FlowOwner,
    total: ByteCount,
    tap: Tap | undefined,
  ) {
    super(sender, from, to, owner, total)
    this.#tapped = tap && new TappedReads(tap, sender, owner.parts.blocks, (carry) => this.#answered(carry))
  }

  /**
   * Takes over what has passed before the relay.
   *
   * @param early what the sender has sent; it is delivered, or shown to the tap, as all that follows
   * @param ours what is to be given to the receiver before it
   */
  begin(early: Uint8Array, ours: Uint8Array): void {
    const tapped = early.length > 0 && this.#tapped?.inspects ? this.#tapped : undefined
    tapped?.ask(early)
    const parts = tapped ? [ours] : [ours, early]
    if (parts.some(({ length }) => length > 0)) this.carry = Carry.inMemory(parts, ours.length)
    if (ours.length > 0) this.holds()
  }

  get isTapped(): boolean {
    return this.#tapped !== undefined
  }

  /** Moves what there is, up to its share. */
  resume(): void {
    if (this.over) return
    // Mute: otherwise every packet that cannot be read now would wake us.
    if (this.carry?.size && !this.to.writable) return this.from.listenForData(false)
    const enough = this.bytes + SHARE
    let left = MOST_STEPS
    while (this.to.writable && (this.carry?.size || (this.from.readable && !this.#tapped?.waiting))) {
      if (this.carry?.size ? !this.deliverCarry(this.carry) : !this.#readOnce()) break
      if (this.bytes >= enough || --left === 0) return this.owner.parts.reactor.later(this)
    }
    if (this.carry?.pipe && this.carry.size === 0) this.#leavePipe(this.carry)
  }

  /** Reads once and delivers it. False when there is nothing more to do now. */
  #readOnce(): boolean {
    if (this.#tapped?.inspects) {
      const size = this.#noted(this.#tapped.read(this.from.fd))
      return size <= 0 && this.#nothingRead(size)
    }
    if (this.#fullChunks >= BULK_AFTER_CHUNKS && !this.carry) this.#takePipe()
    return this.carry?.pipe ? this.#fillPipe(this.carry) : this.#copyChunk()
  }

  /**
   * At an urgent byte, and when memory is short, splice(2) returns EAGAIN, or 0 if there is a FIN, even if there is
   * something to read (tcp_splice_read()). So only recv ends a direction. EAGAIN is believed only if splice has just moved
   * bytes and no urgent byte is near.
   */
  #fillPipe(pipe: Carry): boolean {
    const size = pipe.fill(this.from.fd)
    if (size > 0) return this.deliverCarry(pipe)
    if (size === EAGAIN && pipe.delivered > 0 && this.from.nextIsAnEvent) {
      this.from.drained()
      return false
    }
    // The socket forgets an error once it has reported it.
    if (size < 0 && !isAboutSplice(size)) this.from.broke(size, 'read')
    this.#leavePipe(pipe)
    return this.#copyChunk(this.#fullChunks)
  }

  /** @param fullChunks how many full chunks in a row count as read, if that is more than were */
  #copyChunk(fullChunks = 0): boolean {
    const { buffer } = this.owner.parts
    const size = this.#noted(recv(this.from.fd, buffer, CHUNK_BYTES))
    if (fullChunks > this.#fullChunks) this.#fullChunks = fullChunks
    if (size <= 0) return this.#nothingRead(size)
    const sent = this.book(this.to.send(buffer, 0, size))
    if (sent < 0) return false
    // Its next delivery tells whether `to` is full: a short send alone does not.
    if (sent < size) this.carry = Carry.inMemory([buffer.bytes.subarray(sent, size)])
    return true
  }

  /** The tap has let this through. */
  #answered(carry: Carry | undefined): void {
    if (this.over) return carry?.release(this.owner.parts.pipes)
    // What is ours may still wait for the receiver.
    if (this.carry?.size) this.carry = carry ? Carry.joined(this.carry, carry, this.owner.parts.pipes) : this.carry
    else this.carry = carry
    this.resume()
  }

  /** Notes what the size of a read says about the next one. */
  #noted(size: number): number {
    const { from } = this
    this.#fullChunks = size === CHUNK_BYTES ? this.#fullChunks + 1 : 0
    if (size > 0 && size < CHUNK_BYTES && from.nextIsAnEvent) from.drained()
    return size
  }

  /** @param result of a recv: 0 for the end, or an error. Nothing else ends the direction. */
  #nothingRead(result: number): boolean {
    const { from } = this
    if (result === EINTR) return true
    if (result === EAGAIN) {
      if (from.doubtsEagain()) return true
      from.drained()
      return false
    }
    if (result < 0) from.broke(result, 'read')
    // After the tap's last word the end is read once more.
    if (this.#tapped?.askAboutEnd()) return false
    if (from.error === undefined) return this.#end()
    this.abandon()
    // A FIN before the reset means that nothing is missing.
    if (result === 0 && from.finBeforeReset) {
      this.endedMs = nowMs()
      this.to.shutdown()
    }
    this.owner.onSourceBroken(this.sender)
    return false
  }

  #end(): boolean {
    this.abandon()
    this.endedMs = nowMs()
    this.owner.onFlowEnded(this.sender)
    return false
  }

  #takePipe(): void {
    const pipe = this.from.isUnix || this.to.isUnix ? undefined : this.owner.parts.pipes.take()
    if (pipe) this.carry = Carry.inPipe(pipe)
  }

  /** An empty pipe goes to those who need it. Who goes on in bulk will take one again at the next wake-up. */
  #leavePipe({ delivered }: Carry): void {
    this.dropCarry()
    if (delivered < BULK_LEAST) this.#fullChunks = 0
  }
}
