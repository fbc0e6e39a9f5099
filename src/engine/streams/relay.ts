import type { Relay, RelayEnd, RelayOwner, Side, Tap } from '../engine.ts'
import type { Meter } from '../meter.ts'
import { type FlowOwner, StreamsFlow } from './flow.ts'
import type { PeerSocket, Receiver } from './peer-socket.ts'
import { TappedReceiver } from './tapped-receiver.ts'

/** Moves bytes both ways between two sockets. */
export class StreamsRelay implements Relay, FlowOwner {
  readonly toUpstream: StreamsFlow
  readonly toClient: StreamsFlow
  #first: Side | undefined
  readonly #owner: RelayOwner
  readonly #receivers: readonly [Receiver, Receiver]
  #ended = false

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
    this.toUpstream.from.receive(fromClient)
    if (!this.#ended) this.toClient.from.receive(fromUpstream)
  }

  refresh(): void {
    this.toUpstream.refresh()
    this.toClient.refresh()
  }

  /** @param sender the side that has now sent everything. */
  flowEnded(sender: Side): void {
    if (this.#first === undefined) this.#first = sender
    else this.#end({ how: 'completed', first: this.#first })
  }

  /** The living side gets what was read for it before it hears of the reset. */
  sideBroke(by: Side, error: NodeJS.ErrnoException): void {
    const living = by === 'client' ? this.toUpstream : this.toClient
    void living.whenDelivered().then(() => this.#end({ how: 'reset', by, error }))
  }

  stop(): void {
    this.refresh()
    this.toUpstream.from.receive(DEAF)
    this.toClient.from.receive(DEAF)
    this.#end({ how: 'stopped' })
  }

  #end(end: RelayEnd): void {
    if (this.#ended) return
    this.#ended = true
    this.#owner.onRelayEnd(end)
  }
}

/** After the end nothing that a socket does matters any more. */
const DEAF: Receiver = { onBytes: () => false, onEnd: () => {}, onBroken: () => {} }
