import { EAGAIN, EINTR } from '../../../system/errors.ts'
import { unsentBytes } from '../../../system/libc.ts'
import { sendQueue } from '../../../system/sockets/send-queue.ts'
import type { Side } from '../../direction.ts'
import { FlowCounts } from '../../flow-counts.ts'
import type { GivenFlow } from '../../hand-over/given-relay.ts'
import type { ByteCount } from '../../meter.ts'
import type { KernelPeer } from '../socket/kernel-peer.ts'
import { Carry } from './carry.ts'
import type { FlowOwner } from './flow-owner.ts'

/** The second half of a direction: what was read is given to the receiver, and booked. */
export class Delivery extends FlowCounts {
  /** Nothing more will be moved. */
  over = false
  readonly sender: Side
  readonly from: KernelPeer
  readonly to: KernelPeer
  protected readonly owner: FlowOwner
  /** What was read and is not delivered. While there is something, nothing is read. */
  protected carry: Carry | undefined

  constructor(sender: Side, from: KernelPeer, to: KernelPeer, owner: FlowOwner, total: ByteCount) {
    super(total)
    this.sender = sender
    this.from = from
    this.to = to
    this.owner = owner
  }

  protected deliverCarry(carry: Carry): boolean {
    const taken = carry.deliver(this.to)
    if (this.book(taken, carry.counted(Math.max(taken, 0))) < 0) return false
    if (carry.size === 0) {
      this.heldSinceMs = 0
      this.from.listenForData(true)
      if (!carry.pipe) this.dropCarry()
    }
    return true
  }

  /**
   * Books the result of a send, of which `counted` bytes are the sender's and the rest our own.
   *
   * @returns how much was sent: 0 if `to` takes nothing now, -1 if it broke
   */
  protected book(result: number, counted = result): number {
    if (result >= 0) this.delivered(counted)
    if (result >= 0 || result === EINTR) return Math.max(result, 0)
    if (result === EAGAIN) {
      this.to.filled()
      this.holds()
      return 0
    }
    this.to.broke(result, 'write')
    this.abandon()
    this.owner.onTargetBroken(this.sender)
    return -1
  }

  /** Moves nothing any more; what is carried is lost. */
  abandon(): void {
    this.over = true
    this.heldSinceMs = 0
    this.dropCarry()
  }

  /** What another process needs to go on. Moves nothing any more. */
  give(): GivenFlow {
    const { acknowledgedBefore: acknowledged, bytes, endedMs, firstByteMs, heldSinceMs, lastByteMs, over } = this
    const waiting = this.carry?.give(this.owner.parts.pipes)
    this.carry = undefined
    this.over = true
    return { bytes, firstByteMs, lastByteMs, heldSinceMs, endedMs, acknowledged, isOver: over, waiting }
  }

  /** Goes on where another flow was given. */
  take(given: GivenFlow): void {
    this.goOnFrom(given)
    this.over = given.isOver
    if (given.waiting) this.carry = Carry.adopted(given.waiting, this.owner.parts.pipes)
  }

  protected dropCarry(): void {
    this.carry?.release(this.owner.parts.pipes)
    this.carry = undefined
  }

  /**
   * Whether bytes wait behind others that the kernel holds for the receiver. It tells of room only when a third of its
   * buffer is free: what fits without that event may have fitted long ago, and is no progress. An acknowledgement is.
   */
  get waits(): boolean {
    return this.heldSinceMs !== 0 && !this.to.closed && unsentBytes(this.to.fd) > 0
  }

  /** A receiver that acknowledges is slow, not stalled: its kernel takes more only when a third of its buffer is free. */
  refresh(): void {
    if (this.heldSinceMs !== 0) this.askReceiver()
  }

  pendingBytes(): number {
    return (this.carry?.size ?? 0) + (this.to.closed ? 0 : this.unacknowledged(sendQueue, this.to.fd))
  }

  /** Whether the receiver has yet to acknowledge bytes. */
  askReceiver(): boolean {
    return !this.to.closed && this.bookAcknowledged(sendQueue, this.to.fd)
  }
}
