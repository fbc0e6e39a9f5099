import type { Flow, Relay, RelayEnd, Side } from '../engine.ts'
import { nowMs } from '../now.ts'
import { untakenBytes } from './node-internals.ts'
import type { PeerSocket, Receiver } from './peer-socket.ts'
import { leaveWriteBuffer, toWrite } from './read-buffer.ts'
import { whenSent } from './send-queue.ts'

/** Moves bytes both ways between two sockets. */
export const relayStreams = (client: PeerSocket, upstream: PeerSocket): Relay => new StreamsRelay(client, upstream)

class StreamsRelay implements Relay {
  readonly toUpstream: StreamsFlow
  readonly toClient: StreamsFlow
  readonly ended: Promise<RelayEnd>
  #first: Side | undefined
  #end!: (end: RelayEnd) => void

  constructor(client: PeerSocket, upstream: PeerSocket) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.toUpstream = new StreamsFlow(client, upstream, 'client', this)
    this.toClient = new StreamsFlow(upstream, client, 'upstream', this)
    client.receive(this.toUpstream)
    upstream.receive(this.toClient)
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
  async sideBroke(by: Side, error: NodeJS.ErrnoException): Promise<void> {
    const living = by === 'client' ? this.toUpstream : this.toClient
    await living.whenDelivered()
    this.#end({ how: 'reset', by, error })
  }

  stop(): void {
    this.refresh()
    this.toUpstream.from.receive(DEAF)
    this.toClient.from.receive(DEAF)
    this.#end({ how: 'stopped' })
  }
}

/** After the end nothing that a socket does matters any more. */
const DEAF: Receiver = { onBytes: () => false, onEnd: () => {}, onBroken: () => {} }

/** One direction: what `from` sends goes to `to`. At most one chunk is under way: a side that does not read stops the other from being read. */
class StreamsFlow implements Flow, Receiver {
  bytes = 0
  firstByteMs = 0
  lastByteMs = nowMs()
  heldSinceMs = 0
  endedMs = 0
  readonly from: PeerSocket
  readonly #to: PeerSocket
  readonly #sender: Side
  readonly #relay: StreamsRelay
  /** What is left of the chunk that the receiver has not taken whole. */
  #held = 0
  #onTaken: (() => void) | undefined

  constructor(from: PeerSocket, to: PeerSocket, sender: Side, relay: StreamsRelay) {
    this.from = from
    this.#to = to
    this.#sender = sender
    this.#relay = relay
  }

  onBytes(bytes: Buffer): boolean {
    const to = this.#to
    if (to.errored || to.destroyed) return false
    this.#held += bytes.length
    to.write(toWrite(bytes), this.#written)
    // Most often the kernel took the chunk whole, within the call.
    if (to.writableLength === 0 && !to.errored) {
      this.#taken(this.#held)
      return true
    }
    leaveWriteBuffer()
    if (this.heldSinceMs === 0) this.heldSinceMs = nowMs()
    return false
  }

  onEnd(): void {
    this.#to.end(() => {
      if (this.#to.errored) return
      this.endedMs = nowMs()
      this.#relay.flowEnded(this.#sender)
    })
  }

  onBroken(error: NodeJS.ErrnoException): void {
    void this.#relay.sideBroke(this.#sender, error)
  }

  /** One function for all writes of the flow. A failed write is told by the socket, once it is read to its end. */
  readonly #written = (error?: Error | null): void => {
    if (error || this.#held === 0 || this.#to.writableLength > 0) return
    this.#taken(this.#held)
    this.#onTaken?.()
    this.from.resume()
  }

  #taken(size: number): void {
    this.bytes += size
    this.#held -= size
    this.lastByteMs = nowMs()
    if (this.firstByteMs === 0) this.firstByteMs = this.lastByteMs
    this.heldSinceMs = this.#held > 0 ? this.lastByteMs : 0
  }

  /** The kernel may have taken a part of the chunk since. */
  refresh(): void {
    const left = untakenBytes(this.#to)
    if (!this.#to.destroyed && this.#held > left) this.#taken(this.#held - left)
  }

  /** Resolves when the receiver's kernel has sent everything that was read for it, or the receiver is gone. */
  async whenDelivered(): Promise<void> {
    if (this.#to.destroyed || this.#to.errored) return
    if (this.#held > 0) {
      await new Promise<void>((resolve) => {
        this.#onTaken = resolve
        this.#to.once('close', resolve)
      })
    }
    // Bytes that the kernel holds for a silent receiver are held all the same: the stall clock runs.
    this.heldSinceMs = nowMs()
    await whenSent(this.#to)
    this.heldSinceMs = 0
  }
}
