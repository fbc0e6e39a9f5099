import type net from 'node:net'
import { MOST_EARLY_BYTES, type Peek, type Peer } from '../../peer.ts'
import { clientName } from '../questions/client-name.ts'
import { localName } from '../questions/local-name.ts'
import { CarefulSocket } from './careful-socket.ts'
import { Early } from './early.ts'
import { type Handle, readInto, takeHandle } from './node-internals.ts'
import { readBuffer } from './read-buffer.ts'
import type { Receiver } from './receiver.ts'

/** A socket that reads into the shared buffer and tells one receiver. */
export class PeerSocket extends CarefulSocket implements Peer {
  readonly remote: string
  onGone: ((error: NodeJS.ErrnoException) => void) | undefined
  /** Called with the first bytes, while no relay has it. */
  onAnswer: (() => void) | undefined
  #receiver: Receiver = new Early(this)
  /** Called when the kernel has taken all that `writeFirst` was given. */
  onFirstTaken: (() => void) | undefined
  #firstWrites = 0

  constructor(remote: string, handle?: Handle) {
    const onread = {
      buffer: readBuffer,
      callback(this: PeerSocket, size: number, buffer: Buffer) {
        this.readMore()
        return this.#receiver.onBytes(buffer.subarray(0, size))
      },
    }
    // `handle` and `highWaterMark` are missing in the typings. One chunk is written at a time: no mark is ever reached.
    super({ handle, onread, allowHalfOpen: true, highWaterMark: 1024 * 1024 } as net.SocketConstructorOpts)
    this.remote = remote
    this.on('end', () => this.#receiver.onEnd())
  }

  /** Turns a socket that net.Server accepted into one of ours. */
  static adopt(accepted: net.Socket): PeerSocket {
    const handle = takeHandle(accepted)
    return new PeerSocket(clientName(handle), handle)
  }

  get key(): string {
    return this.remote
  }

  get local(): string {
    return localName(this)
  }

  get isUnix(): boolean {
    return this.remote.startsWith('unix:')
  }

  /** Hands everything that comes, and what has come already, to `receiver`. */
  receive(receiver: Receiver): void {
    const early = this.#receiver
    this.#receiver = receiver
    if (!(early instanceof Early)) return
    early.handOver()
    const { brokenBy, state } = early
    const bytes = early.take()
    let reading = true
    for (let at = 0; at < bytes.length; at += MOST_EARLY_BYTES)
      reading = receiver.onBytes(bytes.subarray(at, at + MOST_EARLY_BYTES))
    if (state === 'ended') receiver.onEnd()
    if (brokenBy) receiver.onBroken(brokenBy)
    else if (reading) this.resume()
  }

  peek(atLeast?: number): Peek {
    const early = this.#early()
    if (!early.wasPeeked) this.once('close', () => early.finish('broken'))
    const peek = early.peek(atLeast)
    if (this.destroyed) early.finish('broken')
    else early.fitReads()
    return peek
  }

  consume(count: number): void {
    const early = this.#early()
    early.consume(count)
    if (early.state !== 'open' || this.destroyed) return
    early.fitReads()
    this.resume()
  }

  writeFirst(bytes: Uint8Array): void {
    if (this.destroyed) return
    this.#early()
    this.#firstWrites += 1
    this.write(Buffer.from(bytes), () => {
      this.#firstWrites -= 1
      if (this.#firstWrites === 0) this.onFirstTaken?.()
    })
  }

  /** Some of what `writeFirst` was given waits for the kernel. */
  get sendsFirst(): boolean {
    return this.#firstWrites > 0 && this.writableLength > 0
  }

  /** libuv owns the descriptor, and node:net cannot let go of it without closing it. */
  detach(): undefined {
    return undefined
  }

  #early(): Early {
    if (this.#receiver instanceof Early) return this.#receiver
    throw new Error('a relay has the peer')
  }

  readAtMost(bytes: number): void {
    readInto(this, readBuffer.subarray(0, bytes))
  }

  /** A unix socket has no RST. */
  findReset(): void {
    if (!this.isUnix) this.writeNothing()
  }

  protected override onFinBeforeReset(): void {
    this.#receiver.onEnd()
  }

  protected override onBroken(error: NodeJS.ErrnoException): void {
    this.#receiver.onBroken(error)
  }

  protected override get isReadInVain(): boolean {
    return this.#receiver instanceof Early && this.#receiver.room === 0
  }

  /** node:net cannot ask. */
  /** Only relays that can move need it. */
  resetIfKilled(): void {}

  tcpInfo(): undefined {
    return undefined
  }

  /** What the kernel has not taken is dropped: nothing counts it any more. */
  close(): void {
    if (this.writableLength > 0) this.destroy()
    else this.destroySoon()
  }

  reset(): void {
    if (this.destroyed) return
    // A unix socket has no RST and node:net refuses to try.
    if (this.remoteFamily === undefined) super.destroy()
    // libuv refuses to reset while its shutdown(2) is queued, and node:net would then lose the handle.
    else if (this.writableEnded && !this.writableFinished && this.writableLength === 0)
      this.once('finish', () => this.resetAndDestroy())
    else this.resetAndDestroy()
  }
}
