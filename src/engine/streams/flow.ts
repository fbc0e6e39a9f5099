import { nowMs } from '../../clock.ts'
import type { Side } from '../direction.ts'
import { FlowCounts } from '../flow-counts.ts'
import type { ByteCount } from '../meter.ts'
import { whenAcknowledged } from './questions/acknowledged.ts'
import { kernelQuestions } from './questions/kernel-questions.ts'
import { descriptorOf, untakenBytes } from './socket/node-internals.ts'
import type { PeerSocket } from './socket/peer-socket.ts'
import { leaveWriteBuffer, toWrite } from './socket/read-buffer.ts'
import type { Receiver } from './socket/receiver.ts'

/** Who hears how a flow goes. */
export interface FlowOwner {
  /** @param sender the side that has now sent everything. */
  flowEnded(sender: Side): void
  sideBroke(by: Side, error: NodeJS.ErrnoException): void
  /** The other side has broken: what `sender` sends has no reader, and `sender` may be blocked. */
  sentInVain(sender: Side): void
}

/** One direction: what `from` sends goes to `to`. At most one chunk is under way: a side that does not read stops the other from being read. */
export class StreamsFlow extends FlowCounts implements Receiver {
  readonly from: PeerSocket
  readonly #to: PeerSocket
  readonly #sender: Side
  readonly #owner: FlowOwner
  /** What is left of the chunk that the receiver has not taken whole. */
  #held = 0
  #onTaken: (() => void) | undefined
  #over = false
  /**
   * Whether a write has not ended yet. `#held` does not tell: libuv may hear of the end a turn after the kernel took the last
   * byte (uv_write2() in unix/stream.c writes at once and calls back later).
   */
  #writing = false

  constructor(from: PeerSocket, to: PeerSocket, sender: Side, owner: FlowOwner, total: ByteCount) {
    super(total)
    this.from = from
    this.#to = to
    this.#sender = sender
    this.#owner = owner
  }

  /** What is ours and goes first may still wait for the receiver. */
  begin(): void {
    if (!this.#to.sendsFirst) return
    this.holds()
    this.#to.onFirstTaken = () => {
      if (this.#held === 0) this.heldSinceMs = 0
    }
  }

  onBytes(bytes: Buffer): boolean {
    const taken = this.send(toWrite(bytes))
    if (!taken) leaveWriteBuffer()
    return taken
  }

  /** Sends bytes that nobody else writes on. False if the receiver did not take them all: reading goes on when it has. */
  send(bytes: Uint8Array): boolean {
    const to = this.#to
    if (to.errored || to.brokenBy || to.destroyed) return this.#inVain()
    this.#held += bytes.length
    to.write(bytes, this.#written)
    // Most often the kernel took the chunk whole, within the call.
    if (to.writableLength === 0 && !to.errored) {
      this.#taken(this.#held)
      return true
    }
    this.#writing = true
    this.holds()
    // At once: after the receiver has broken nothing tells how much it had taken.
    this.#takePart()
    return false
  }

  /** No write is under way: the memory given to `send` may be used again. */
  get allTaken(): boolean {
    return this.#to.writableLength === 0
  }

  onEnd(): void {
    this.#to.end(() => {
      if (this.#to.errored) return
      this.endedMs = nowMs()
      this.#owner.flowEnded(this.#sender)
    })
  }

  onBroken(error: NodeJS.ErrnoException): void {
    this.#owner.sideBroke(this.#sender, error)
  }

  /** One function for all writes of the flow. The socket tells of a failed write, once it has been read to its end. */
  readonly #written = (error?: Error | null): void => {
    if (error) {
      this.#inVain()
      this.#onTaken?.()
    }
    if (error || !this.#writing || this.#to.writableLength > 0) return
    this.#writing = false
    if (this.#held > 0) this.#taken(this.#held)
    this.#onTaken?.()
    this.from.resume()
  }

  /** There is nobody to deliver to. Where the sender has broken as well nobody waits for its last bytes. */
  #inVain(): false {
    if (this.from.brokenBy) this.from.giveUp()
    else this.#owner.sentInVain(this.#sender)
    return false
  }

  #taken(size: number): void {
    if (this.#over) return
    this.delivered(size)
    this.#held -= size
    this.heldSinceMs = this.#held > 0 ? this.lastByteMs : 0
  }

  /** The kernel may have taken a part of the chunk since, or the receiver a part of what the kernel has. */
  refresh(): void {
    this.#takePart()
    if (this.heldSinceMs > 0) this.askReceiver()
  }

  #takePart(): void {
    if (this.#held === 0) return
    const left = untakenBytes(this.#to)
    // The queue of a socket that has broken is emptied, although nobody took what was in it.
    if (!this.#to.destroyed && !this.#to.errored && this.#held > left) this.#taken(this.#held - left)
  }

  /** The relay has ended, and its counts have been read: how a write that is under way ends does not matter any more. */
  end(): void {
    this.#takePart()
    this.#over = true
  }

  /** Whether the receiver has yet to acknowledge bytes. */
  askReceiver(): boolean {
    const fd = descriptorOf(this.#to)
    return kernelQuestions !== undefined && fd !== undefined && this.bookAcknowledged(kernelQuestions, fd)
  }

  pendingBytes(): number {
    const fd = descriptorOf(this.#to)
    const queued = fd === undefined || kernelQuestions === undefined ? 0 : this.unacknowledged(kernelQuestions, fd)
    return this.#held + queued
  }

  /** What the receiver has acknowledged, or its kernel taken where that cannot be asked. */
  get acknowledged(): number {
    const fd = descriptorOf(this.#to)
    return fd === undefined || kernelQuestions === undefined ? this.bytes : this.bytes - kernelQuestions.unsentBytes(fd)
  }

  /** What the receiver has sent and nobody reads; where that cannot be asked, it may be any amount. */
  get unreadFromReceiver(): number {
    const fd = descriptorOf(this.#to)
    return fd === undefined || kernelQuestions === undefined ? Infinity : kernelQuestions.unreadBytes(fd)
  }

  /** Resolves when the receiver's kernel has sent everything that was read for it, or the receiver is gone. */
  async whenDelivered(): Promise<void> {
    if (this.#to.destroyed || this.#to.errored) return
    if (this.#writing) {
      await new Promise<void>((resolve) => {
        this.#onTaken = resolve
        this.#to.once('close', resolve)
      })
    }
    // To a receiver that was never given a byte there is nothing to wait for, and waiting may mean reading large tables.
    if (this.bytes === 0 || this.#to.errored) return
    // Bytes that the kernel holds for a silent receiver are held all the same: the stall clock runs.
    this.heldSinceMs = nowMs()
    await whenAcknowledged(this.#to)
    this.heldSinceMs = 0
  }
}
