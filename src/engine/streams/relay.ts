import { type Direction, otherSide, type Side, sentBy } from '../direction.ts'
import type { Relay, RelayEnd, RelayOwner, Tap } from '../engine.ts'
import { BLOCKED_FROM_BYTES, LastDelivery } from '../last-delivery.ts'
import type { Meter } from '../meter.ts'
import { type FlowOwner, StreamsFlow } from './flow.ts'
import { forgetHalfOpen, type HalfOpen, watchHalfOpen } from './half-open.ts'
import type { PeerSocket } from './socket/peer-socket.ts'
import type { Receiver } from './socket/receiver.ts'
import { TappedReceiver } from './tapped-receiver.ts'

const LOOK_MS = 50

/** Moves bytes both ways between two sockets. */
export class StreamsRelay implements Relay, FlowOwner {
  readonly toUpstream: StreamsFlow
  readonly toClient: StreamsFlow
  #first: Side | undefined
  readonly #owner: RelayOwner
  readonly #receivers: readonly [Receiver, Receiver]
  #ended = false
  #looking = false
  /** From the first FIN that was passed on to the end. */
  #halfOpen: HalfOpen | undefined

  constructor(client: PeerSocket, upstream: PeerSocket, owner: RelayOwner, meter: Meter, tap?: Tap) {
    this.#owner = owner
    this.toUpstream = new StreamsFlow(client, upstream, 'client', this, meter.toUpstream)
    this.toClient = new StreamsFlow(upstream, client, 'upstream', this, meter.toClient)
    this.#receivers = tap
      ? [new TappedReceiver(this.toUpstream, 'client', tap), new TappedReceiver(this.toClient, 'upstream', tap)]
      : [this.toUpstream, this.toClient]
  }

  start(): void {
    const [fromClient, fromUpstream] = this.#receivers
    this.toUpstream.begin()
    this.toClient.begin()
    this.toUpstream.from.receive(fromClient)
    if (!this.#ended) this.toClient.from.receive(fromUpstream)
  }

  refresh(): void {
    this.toUpstream.refresh()
    this.toClient.refresh()
  }

  /** node:net reads by itself, before timers that wait for events are told: see `judgeIn`. */
  catchUp(): boolean {
    if (this.#ended) return false
    this.refresh()
    const toUpstream = this.toUpstream.askReceiver()
    return this.toClient.askReceiver() || toUpstream
  }

  /** @param sender the side that has now sent everything. */
  flowEnded(sender: Side): void {
    // The end of a write is heard of after a stop, too.
    if (this.#ended) return
    if (this.#first !== undefined) return this.#end({ how: 'completed', first: this.#first })
    this.#first = sender
    this.#halfOpen = watchHalfOpen(sentBy(this, sender).from)
  }

  /** The living side gets what was read for it before it hears of the reset. */
  sideBroke(by: Side, error: NodeJS.ErrnoException): void {
    void sentBy(this, by)
      .whenDelivered()
      .then(() => this.#end({ how: 'reset', by, error }))
  }

  sentInVain(sender: Side): void {
    if (this.#looking) return
    this.#looking = true
    this.#look(otherSide(sender), new LastDelivery())
  }

  /** The living side sends what nobody reads, and may be blocked: it gets the rest only as long as it takes something. */
  #look(broken: Side, delivery: LastDelivery): void {
    if (this.#ended) return
    const flow = sentBy(this, broken)
    const error = flow.from.brokenBy
    flow.refresh()
    const stopped = flow.heldSinceMs !== 0 && delivery.hasStopped(flow.acknowledged)
    if (error && stopped && flow.unreadFromReceiver >= BLOCKED_FROM_BYTES)
      return this.#end({ how: 'reset', by: broken, error })
    setTimeout(() => this.#look(broken, delivery), LOOK_MS)
  }

  pendingBytes(direction: Direction): number {
    return this[direction].pendingBytes()
  }

  /** libuv watches no socket that is neither read nor written: the reset of a side that is held is not known. */
  get resetBy(): Side | undefined {
    if (this.toUpstream.from.brokenBy) return 'client'
    return this.toClient.from.brokenBy ? 'upstream' : undefined
  }

  /** libuv has the sockets, and does not let go of them. */
  give(): undefined {
    return undefined
  }

  stop(): void {
    this.toUpstream.from.receive(DEAF)
    this.toClient.from.receive(DEAF)
    this.#end({ how: 'stopped' })
  }

  #end(end: RelayEnd): void {
    if (this.#ended) return
    this.#ended = true
    this.toUpstream.end()
    this.toClient.end()
    if (this.#halfOpen) forgetHalfOpen(this.#halfOpen)
    this.#owner.onRelayEnd(end)
  }
}

/** After the end nothing that a socket does matters any more. */
const DEAF: Receiver = { onBytes: () => false, onEnd: () => {}, onBroken: () => {} }
