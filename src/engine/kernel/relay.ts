import { nowMs } from '../../clock.ts'
import { unreadBytes, unsentBytes } from '../../system/libc.ts'
import { type Direction, otherSide, type Side, sentBy, sentTo } from '../direction.ts'
import type { Relay, RelayEnd, RelayOwner, Tap } from '../engine.ts'
import type { GivenRelay } from '../hand-over/given-relay.ts'
import { BLOCKED_FROM_BYTES, LastDelivery } from '../last-delivery.ts'
import type { Meter } from '../meter.ts'
import { KernelFlow } from './flow/flow.ts'
import type { FlowOwner, FlowParts } from './flow/flow-owner.ts'
import type { KernelPeer, PeerOwner } from './socket/kernel-peer.ts'

/** Keepalive is for connections that last. */
const OLD_AFTER_MS = 15_000
const FIRST_LOOK_MS = 1
const LONGEST_LOOK_MS = 64
const NOTHING = Buffer.alloc(0)

/** Moves bytes both ways between two sockets. */
export class KernelRelay implements Relay, PeerOwner, FlowOwner {
  readonly toUpstream: KernelFlow
  readonly toClient: KernelFlow
  readonly parts: FlowParts
  readonly #beganMs = nowMs()
  readonly #owner: RelayOwner
  #ended = false
  #first: Side | undefined
  /** The side that reset, while the living one is still given what it can be given. */
  #broken: Side | undefined
  #nextLook: NodeJS.Timeout | undefined

  constructor(
    client: KernelPeer,
    upstream: KernelPeer,
    owner: RelayOwner,
    meter: Meter,
    parts: FlowParts,
    tap: Tap | undefined,
  ) {
    this.parts = parts
    this.#owner = owner
    this.toUpstream = new KernelFlow('client', client, upstream, this, meter.toUpstream, tap)
    this.toClient = new KernelFlow('upstream', upstream, client, this, meter.toClient, tap)
  }

  start(given?: GivenRelay): void {
    const [client, upstream] = [this.toUpstream.from, this.toClient.from]
    if (given) this.#take(given)
    if (given || this.parts.resetsIfKilled) for (const peer of [client, upstream]) peer.resetIfKilled()
    const [fromClient, fromUpstream] = [client.begin(this), upstream.begin(this)]
    if (fromClient || fromUpstream) {
      this.toUpstream.begin(fromClient?.early.take() ?? NOTHING, fromUpstream?.unsent ?? NOTHING)
      this.toClient.begin(fromUpstream?.early.take() ?? NOTHING, fromClient?.unsent ?? NOTHING)
    }
    // What came before is in the sockets' flags: there will be no second edge for it.
    this.onSocket(client)
    if (!this.#ended) this.onSocket(upstream)
    if (given) this.#goOn(given)
  }

  give(): GivenRelay | undefined {
    if (this.#ended || this.toUpstream.isTapped) return undefined
    this.#ended = true
    clearTimeout(this.#nextLook)
    const [client, upstream] = [this.toUpstream.from, this.toClient.from]
    return {
      toUpstream: this.toUpstream.give(),
      toClient: this.toClient.give(),
      client: client.give(),
      upstream: upstream.give(),
      firstFin: this.#first,
      resetBy: this.#broken,
    }
  }

  /** No event tells of what waited for its turn in the other process. */
  #goOn({ resetBy }: GivenRelay): void {
    this.toUpstream.resume()
    this.toClient.resume()
    if (resetBy) this.#look(resetBy)
  }

  #take({ toUpstream, toClient, firstFin, resetBy }: GivenRelay): void {
    this.toUpstream.take(toUpstream)
    this.toClient.take(toClient)
    this.#first = firstFin
    this.#broken = resetBy
  }

  onSocket(socket: KernelPeer): void {
    const side = socket === this.toUpstream.from ? 'client' : 'upstream'
    if (socket.error && !this.#broken) return this.#breakFrom(side)
    if (socket.readable) sentBy(this, side).resume()
    if (socket.writable && sentTo(this, side).heldSinceMs !== 0) sentTo(this, side).resume()
  }

  onFlowEnded(sender: Side): void {
    // When both have ended, closing the sockets sends what is left of the FINs.
    if (this.#first !== undefined) return this.#end({ how: 'completed', first: this.#first })
    this.#first = sender
    sentBy(this, sender).to.shutdown()
  }

  onTargetBroken(sender: Side): void {
    if (this.#broken === undefined) this.#breakFrom(otherSide(sender))
    // The living side broke as well: there is nobody left to give anything to.
    else this.#endBroken(this.#broken)
  }

  onSourceBroken(sender: Side): void {
    if (this.#broken === undefined) {
      this.#broken = sender
      sentTo(this, sender).abandon()
    }
    if (this.#broken === sender) this.#look(sender)
    else this.#endBroken(this.#broken)
  }

  /** A side has reset: nothing can be given to it any more, but what it sent before is still to be delivered. */
  #breakFrom(side: Side): void {
    this.#broken = side
    sentTo(this, side).abandon()
    if (!sentBy(this, side).over) sentBy(this, side).resume()
    if (this.#nextLook === undefined) this.#look(side)
  }

  /** A RST throws away what the kernel has not sent, so the living side is reset only when that queue is empty. */
  #look(broken: Side, nextLookMs = FIRST_LOOK_MS, delivery = new LastDelivery()): void {
    if (this.#ended) return
    const flow = sentBy(this, broken)
    const { closed, error, fd } = flow.to
    const unsent = closed || error ? 0 : unsentBytes(fd)
    if (flow.over && unsent <= 0) return this.#endBroken(broken)
    // Held by the kernel, for a receiver that does not take it: the stall clock runs.
    if (flow.over) flow.holds()
    const stopped = flow.heldSinceMs !== 0 && delivery.hasStopped(flow.bytes - unsent)
    // What it sends to the side that is gone has no reader: it may be blocked.
    if (stopped && unreadBytes(fd) >= BLOCKED_FROM_BYTES) return this.#endBroken(broken)
    clearTimeout(this.#nextLook)
    const lookAgain = (): void => this.#look(broken, Math.min(nextLookMs * 2, LONGEST_LOOK_MS), delivery)
    this.#nextLook = setTimeout(lookAgain, nextLookMs)
  }

  #endBroken(by: Side): void {
    const flow = sentBy(this, by)
    flow.abandon()
    if (flow.from.error) this.#end({ how: 'reset', by, error: flow.from.error })
  }

  #end(end: RelayEnd): void {
    if (this.#ended) return
    this.#ended = true
    this.toUpstream.over = true
    this.toClient.over = true
    this.toUpstream.from.owner = undefined
    this.toClient.from.owner = undefined
    this.#owner.onRelayEnd(end)
  }

  refresh(now: number): void {
    this.toUpstream.refresh()
    this.toClient.refresh()
    if (now - this.#beganMs < OLD_AFTER_MS) return
    this.toUpstream.from.keepAlive()
    this.toClient.from.keepAlive()
  }

  catchUp(now: number): boolean {
    this.toUpstream.from.lookAgain(!this.toClient.waits)
    this.toClient.from.lookAgain(!this.toUpstream.waits)
    if (this.#ended) return false
    this.refresh(now)
    const toUpstream = this.toUpstream.askReceiver()
    return this.toClient.askReceiver() || toUpstream
  }

  pendingBytes(direction: Direction): number {
    return this[direction].pendingBytes()
  }

  get resetBy(): Side | undefined {
    return this.#broken
  }

  stop(): void {
    this.toUpstream.abandon()
    this.toClient.abandon()
    this.#end({ how: 'stopped' })
  }
}
