import type { Relay, RelayEnd, Side } from '../engine.ts'
import { nowMs } from '../now.ts'
import { type FlowOwner, type FlowParts, KernelFlow } from './flow.ts'
import type { KernelSocket, SocketOwner } from './kernel-socket.ts'
import { unsentBytes } from './libc.ts'

/** Keepalive is for connections that last. */
const OLD_AFTER_MS = 15_000
const FIRST_LOOK_MS = 1
const LONGEST_LOOK_MS = 64

/** Moves bytes both ways between two sockets. */
export class KernelRelay implements Relay, SocketOwner, FlowOwner {
  readonly toUpstream: KernelFlow
  readonly toClient: KernelFlow
  readonly ended: Promise<RelayEnd>
  readonly #parts: FlowParts
  readonly #beganMs = nowMs()
  #resolve: ((end: RelayEnd) => void) | undefined
  #first: Side | undefined
  /** The side that reset, while the living one is still given what it can be given. */
  #broken: KernelFlow | undefined

  constructor(client: KernelSocket, upstream: KernelSocket, parts: FlowParts) {
    this.#parts = parts
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve
    })
    this.toUpstream = new KernelFlow('client', client, upstream, parts, this)
    this.toClient = new KernelFlow('upstream', upstream, client, parts, this)
    client.owner = this
    upstream.owner = this
    // What came before is in the sockets' flags: there will be no second edge for it.
    this.onSocket(client)
    this.onSocket(upstream)
  }

  onSocket(socket: KernelSocket): void {
    const sending = socket === this.toUpstream.from ? this.toUpstream : this.toClient
    const receiving = sending === this.toUpstream ? this.toClient : this.toUpstream
    if (socket.error && !this.#broken) return this.#breakFrom(sending, receiving)
    if (socket.readable) sending.pump()
    if (socket.writable && receiving.heldSinceMs > 0) receiving.pump()
  }

  onFlowEnded(flow: KernelFlow): void {
    if (this.#first === undefined) {
      this.#first = flow.sender
      flow.shutdownTarget()
      return
    }
    // Closing both sockets sends what is left of the FINs.
    this.#end({ how: 'completed', first: this.#first })
  }

  onTargetBroken(flow: KernelFlow): void {
    const sending = flow === this.toUpstream ? this.toClient : this.toUpstream
    if (this.#broken === undefined) this.#breakFrom(sending, flow)
    // The living side broke as well: there is nobody left to give anything to.
    else this.#endBroken(this.#broken)
  }

  onSourceBroken(flow: KernelFlow): void {
    if (this.#broken === undefined) {
      const receiving = flow === this.toUpstream ? this.toClient : this.toUpstream
      receiving.abandon()
      this.#broken = flow
    }
    if (this.#broken === flow) this.#whenSent(flow, FIRST_LOOK_MS)
    else this.#endBroken(this.#broken)
  }

  /** One side has reset: nothing can be given to it any more, but what it sent before is still to be delivered. */
  #breakFrom(sending: KernelFlow, receiving: KernelFlow): void {
    this.#broken = sending
    receiving.abandon()
    if (sending.over) this.#whenSent(sending, FIRST_LOOK_MS)
    else sending.pump()
  }

  /** A RST throws away what the kernel has not sent: the living side's is sent when that queue is empty. */
  #whenSent(flow: KernelFlow, nextLookMs: number): void {
    if (this.#resolve === undefined) return
    if (flow.to.closed || flow.to.error || unsentBytes(flow.to.fd) <= 0) return this.#endBroken(flow)
    // Held by the kernel, for a receiver that does not take it: the stall clock runs.
    if (flow.heldSinceMs === 0) flow.heldSinceMs = nowMs()
    setTimeout(() => this.#whenSent(flow, Math.min(nextLookMs * 2, LONGEST_LOOK_MS)), nextLookMs)
  }

  #endBroken(flow: KernelFlow): void {
    const error = flow.from.error
    flow.heldSinceMs = 0
    if (error) this.#end({ how: 'reset', by: flow.sender, error })
  }

  #end(end: RelayEnd): void {
    const resolve = this.#resolve
    if (resolve === undefined) return
    this.#resolve = undefined
    this.toUpstream.over = true
    this.toClient.over = true
    this.toUpstream.from.owner = undefined
    this.toClient.from.owner = undefined
    this.#parts.reactor.yieldSoon()
    resolve(end)
  }

  refresh(): void {
    this.toUpstream.refresh()
    this.toClient.refresh()
    if (nowMs() - this.#beganMs < OLD_AFTER_MS) return
    this.toUpstream.from.keepAlive()
    this.toClient.from.keepAlive()
  }

  stop(): void {
    this.toUpstream.abandon()
    this.toClient.abandon()
    this.#end({ how: 'stopped' })
  }
}
